import type { Route } from '../../config/index.ts'
import { formatMatchers, type Matcher } from '../../matcher/index.ts'
import { walkRoutes } from '../../route/index.ts'
import { holds } from '../alert-facts.ts'
import { arrivals, type Branch, branches, enders, matchersOf } from '../branches.ts'
import { type Check, type LintInput, some } from '../check.ts'
import { contradiction, implies } from '../matcher-logic.ts'

const title = (route: Route) => `${formatMatchers(route.matchers)} (receiver "${route.receiver}")`

/** Why no alert at all comes to a route; undefined when one may. */
function unreachable(branch: Branch): string | undefined {
  const matchers = matchersOf(branch)
  const both = contradiction(matchers)
  if (both) {
    return `no alert has both ${formatMatchers([both[0]]).slice(1, -1)} and ${formatMatchers([both[1]]).slice(1, -1)}`
  }
  const first = enders(branch).find((earlier) => implies(matchers, earlier.matchers))
  if (!first) return undefined
  return `the route in line ${first.place.line}, ${title(first)}, takes all of its alerts first and does not continue`
}

export const unreachableRoute: Check = {
  name: 'routing/unreachable',
  finds: 'Routes that no alert can reach, or none of the alerts of the rules that are given.',
  why: 'Its receiver looks as if it were told, and never is.',
  run({ config, alerts }, report) {
    for (const branch of branches(config.route)) {
      const { route } = branch
      if (branch.above.length === 0) continue
      const hint = 'move it before the other, let the other continue, or remove it'
      const why = unreachable(branch)
      if (why !== undefined) {
        report(route.place, `no alert reaches the route ${title(route)}: ${why}`, hint)
        continue
      }
      if (alerts === undefined || alerts.length === 0) continue
      // What is wrong above it has been told there.
      const parent = branch.above.at(-1)!
      const above: Branch = { route: parent, above: branch.above.slice(0, -1) }
      if (above.above.length > 0 && arrivals(above, alerts).reaching.length === 0) continue
      const { reaching, stopped } = arrivals(branch, alerts)
      if (reaching.length > 0) continue
      if (stopped.size === 0) {
        report(route.place, `none of the rules makes an alert for the route ${title(route)}`)
        continue
      }
      const by = [...stopped.values()][0]!
      const names = some([...stopped.keys()].map(({ name }) => name))
      const stop = `${names} ${stopped.size === 1 ? 'stops' : 'stop'} at the route in line ${by.place.line}, ${title(by)}`
      const message = `no alert of the rules reaches the route ${title(route)}: ${stop}`
      report(route.place, message, hint)
    }
  },
}

export const continueToNobody: Check = {
  name: 'routing/continue',
  finds: '`continue: true` after which no further route takes the alert.',
  why: '`continue` asks the routes that follow beside it, never the parent: its receiver is told only of what no branch takes.',
  run({ config, alerts, document }, report) {
    for (const branch of branches(config.route)) {
      const { route, above } = branch
      const parent = above.at(-1)
      if (!parent || !route.continue || unreachable(branch) !== undefined) continue
      const later = parent.routes.slice(parent.routes.indexOf(route) + 1)
      const matchers = matchersOf(branch)
      const parentTold = parent.receiver !== route.receiver
      const lost = parentTold ? ` The receiver "${parent.receiver}" of the route above is not told.` : ''
      const hint = parentTold
        ? `to tell "${parent.receiver}" too, add a route with the same matchers and that receiver after this one`
        : 'remove it'
      const place = document.keyPlaceOf([...pathOf(route), 'continue'])
      if (!later.some((sibling) => contradiction([...matchers, ...sibling.matchers]) === undefined)) {
        const why = later.length === 0 ? 'no route follows' : 'none of the routes that follow takes any of its alerts'
        report(place, `continue leads to nobody: ${why}.${lost}`, hint)
        continue
      }
      if (alerts === undefined) continue
      const { reaching } = arrivals(branch, alerts)
      const ending = reaching.filter((alert) => later.every((sibling) => holds(sibling.matchers, alert) === 'never'))
      if (ending.length === 0) continue
      const which =
        ending.length === reaching.length
          ? 'all of its alerts'
          : some(
              ending.map(({ name }) => name),
              4,
            )
      report(place, `continue leads to nobody for ${which}: no route that follows takes them.${lost}`, hint)
    }
  },
}

/** Path of a route in its file, from its id (`0.2.1`). */
function pathOf(route: Route): (string | number)[] {
  return [
    'route',
    ...route.id
      .split('.')
      .slice(1)
      .flatMap((i) => ['routes', Number(i)]),
  ]
}

export const unusedNames: Check = {
  name: 'routing/unused',
  finds: 'Receivers that neither a route nor an escalation names, and time intervals that no route names.',
  why: 'Somebody believes that they are told.',
  run({ config, escalated }, report) {
    const routes = [...walkRoutes(config.route)]
    const receivers = new Set([...routes.map(({ receiver }) => receiver), ...escalated])
    for (const { name, place } of config.receivers) {
      if (name !== '' && !receivers.has(name))
        report(place, `no route leads to the receiver "${name}"`, 'add a route, or remove it')
    }
    const intervals = new Set(routes.flatMap((route) => [...route.muteTimeIntervals, ...route.activeTimeIntervals]))
    for (const { name, place } of config.timeIntervals) {
      if (!intervals.has(name))
        report(place, `no route uses the time interval "${name}"`, 'use it in a route, or remove it')
    }
  },
}

export const patternWithoutRegex: Check = {
  name: 'routing/pattern',
  finds: 'Matchers with `=` or `!=` whose value looks like a regular expression.',
  why: 'No label has the value `critical|warning` as it stands.',
  run({ config }: LintInput, report) {
    const look = (matchers: readonly Matcher[], place: Route['place'], what: string) => {
      for (const matcher of matchers) {
        if ((matcher.kind === '=' || matcher.kind === '!=') && /\||\.[*+]|^\^|\[[^\]]+\][*+]?/.test(matcher.value)) {
          const text = formatMatchers([matcher]).slice(1, -1)
          report(
            place,
            `${what} compares with a text that looks like a regular expression: ${text}`,
            `write ${matcher.kind === '=' ? '=~' : '!~'} (match_re)`,
          )
        }
      }
    }
    for (const route of walkRoutes(config.route)) look(route.matchers, route.place, 'the route')
    for (const rule of config.inhibitRules) {
      look([...rule.sourceMatchers, ...rule.targetMatchers], rule.place, 'the inhibition')
    }
  },
}

export const repeatBeforeGroup: Check = {
  name: 'routing/repeat',
  finds: 'Routes whose `repeat_interval` is shorter than their `group_interval`.',
  why: 'A group is looked at once in a `group_interval`: it repeats no sooner.',
  run({ config }, report) {
    for (const route of walkRoutes(config.route)) {
      const own = route.own.has('repeat_interval') || route.own.has('group_interval')
      if (!own || route.repeatIntervalMs >= route.groupIntervalMs) continue
      report(
        route.place,
        'repeat_interval is shorter than group_interval: notifications repeat at each group_interval',
        'make it longer',
      )
    }
  },
}
