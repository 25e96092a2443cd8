/** Texts of the comment lines right above a line (from 1), the nearest first, without `#`. */
export function commentsAbove(text: string, line: number): string[] {
  const lines = text.split('\n')
  const found: string[] = []
  for (let at = line - 2; at >= 0; at--) {
    const comment = /^\s*#\s?(.*?)\s*$/.exec(lines[at]!)
    if (comment === null) break
    found.push(comment[1]!)
  }
  return found
}

type Disabled = { readonly check: string; readonly untilMs: number }

/** What comments in a rule file take out of the checks. */
export type ControlComments = {
  /** Whether `check` is off for a rule whose lines are `from` to `to` (from 1, inclusive). */
  isOff(names: readonly string[], lines: { readonly from: number; readonly to: number }, nowMs: number): boolean
  isIgnored(line: number): boolean
}

/**
 * Reads pint's comments: `# pint disable NAME`, `snooze TIME NAME`, both with `file/` before them for the whole file, and
 * `ignore/file`, `ignore/line`, `ignore/next-line`, `ignore/begin`, `ignore/end`. What stands in brackets behind a name is
 * not looked at: it names servers of pint's own configuration.
 * Source: https://cloudflare.github.io/pint/ignoring.html.
 */
export function readControlComments(text: string): ControlComments {
  const everywhere: Disabled[] = []
  const byLine = new Map<number, Disabled[]>()
  const commentLines = new Set<number>()
  const ignored = new Set<number>()
  let ignoring = false
  let ignoreRest = false
  text.split('\n').forEach((content, i) => {
    const line = i + 1
    if (/^\s*#/.test(content)) commentLines.add(line)
    const found = /(?:^|\s)#\s*pint\s+(\S+)(?:\s+(.*?))?\s*$/.exec(content)
    const [, command = '', rest = ''] = found ?? []
    if (command === 'ignore/begin') ignoring = true
    if (ignoring || ignoreRest || command === 'ignore/line') ignored.add(line)
    if (command === 'ignore/end') ignoring = false
    if (command === 'ignore/next-line') ignored.add(line + 1)
    if (command === 'ignore/file') ignoreRest = true
    const disabled = command.endsWith('snooze')
      ? snoozed(rest)
      : { check: checkName(rest), untilMs: Number.POSITIVE_INFINITY }
    if (disabled === undefined) return
    if (command === 'file/disable' || command === 'file/snooze') everywhere.push(disabled)
    if (command === 'disable' || command === 'snooze') byLine.set(line, [...(byLine.get(line) ?? []), disabled])
  })
  return {
    isOff: (names, { from, to }, nowMs) => {
      const matches = ({ check, untilMs }: Disabled) => names.includes(check) && nowMs < untilMs
      if (everywhere.some(matches)) return true
      // Comments that touch the rule from above belong to it.
      let first = from
      while (commentLines.has(first - 1)) first--
      for (const [line, all] of byLine) if (line >= first && line <= to && all.some(matches)) return true
      return false
    },
    isIgnored: (line) => ignored.has(line),
  }
}

function snoozed(rest: string): Disabled | undefined {
  const [time = '', ...name] = rest.split(/\s+/)
  const untilMs = Date.parse(time)
  return Number.isNaN(untilMs) ? undefined : { check: checkName(name.join(' ')), untilMs }
}

function checkName(text: string): string {
  return text.replace(/\(.*$/, '').trim()
}
