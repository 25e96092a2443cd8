import { BinnacleError, formatDurationMs, messageOf, nearestName, type Place } from '../../config/index.ts'
import type { EscalationLevel, EscalationPolicy } from '../escalation-policy.ts'
import { type Matcher, parseMatchers } from '../matcher/index.ts'

/** The section `escalation` of binnacle.yml. Durations are ms. */
export type EscalationInput = {
  /** Receivers by the name of a person. */
  readonly people: Readonly<Record<string, readonly string[]>>
  readonly policies: readonly {
    readonly name: string
    readonly matchers: readonly string[]
    readonly group_by: readonly string[]
    readonly levels: readonly {
      readonly after: number
      readonly notify: readonly string[]
      readonly matchers: readonly string[]
    }[]
    readonly repeat?: number | undefined
  }[]
}

/** Receivers that a level tells, itself or by a person; those of a person whom no level names are not among them. */
export function escalatedReceivers({ people, policies }: EscalationInput): readonly string[] {
  const named = policies.flatMap(({ levels }) => levels.flatMap(({ notify }) => notify))
  return [...new Set(named.flatMap((name) => (Object.hasOwn(people, name) ? people[name]! : [name])))]
}

/** Policies as they run, or everything that is wrong with them. `receivers` are those of alertmanager.yml. */
export function readPolicies(
  input: EscalationInput,
  { receivers, place }: { readonly receivers: readonly string[]; readonly place?: Place },
): { readonly policies: readonly EscalationPolicy[]; readonly errors: readonly BinnacleError[] } {
  const errors: BinnacleError[] = []
  const known = new Set(receivers)
  const refuse = (path: string, message: string, hint?: string) => {
    const at = { ...(place ?? { file: 'binnacle.yml' }), path }
    errors.push(
      new BinnacleError('config.invalid_value', `${path}: ${message}`, {
        place: at,
        ...(hint === undefined ? {} : { hint }),
      }),
    )
  }

  const receiversOf = (name: string, path: string): readonly string[] => {
    const own = Object.hasOwn(input.people, name) ? input.people[name] : undefined
    if (own !== undefined) return own
    if (known.has(name)) return [name]
    const near = nearestName(name, [...known, ...Object.keys(input.people)])
    refuse(
      path,
      `there is no receiver and no person "${name}"`,
      near === undefined
        ? 'receivers stand in alertmanager.yml, people in escalation.people'
        : `did you mean "${near}"?`,
    )
    return []
  }

  const matchersOf = (texts: readonly string[], path: string): readonly Matcher[] => {
    const found: Matcher[] = []
    for (const [i, text] of texts.entries()) {
      try {
        found.push(...parseMatchers(text))
      } catch (error) {
        refuse(`${path}[${i}]`, `"${text}" is no matcher: ${messageOf(error)}`)
      }
    }
    return found
  }

  for (const [person, own] of Object.entries(input.people)) {
    if (own.length === 0) refuse(`escalation.people.${person}`, 'a person needs a receiver')
    for (const name of own) {
      if (!known.has(name)) refuse(`escalation.people.${person}`, `there is no receiver "${name}" in alertmanager.yml`)
    }
  }

  const names = new Set<string>()
  const policies = input.policies.map((policy, i): EscalationPolicy => {
    const path = `escalation.policies[${i}]`
    if (names.has(policy.name)) refuse(`${path}.name`, `there are two policies "${policy.name}"`)
    names.add(policy.name)
    let latestMs = -1
    const levels = policy.levels.map((level, n): EscalationLevel => {
      const here = `${path}.levels[${n}]`
      if (level.after <= latestMs) {
        refuse(`${here}.after`, `${formatDurationMs(level.after)} is not later than the level before`)
      }
      latestMs = level.after
      return {
        afterMs: level.after,
        names: level.notify,
        receivers: [...new Set(level.notify.flatMap((name) => receiversOf(name, `${here}.notify`)))],
        matchers: matchersOf(level.matchers, `${here}.matchers`),
      }
    })
    return {
      name: policy.name,
      matchers: matchersOf(policy.matchers, `${path}.matchers`),
      groupBy: policy.group_by,
      levels,
      ...(policy.repeat === undefined ? {} : { repeatMs: policy.repeat }),
    }
  })
  return { policies, errors }
}
