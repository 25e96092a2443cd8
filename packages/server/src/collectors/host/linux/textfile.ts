import { stat } from 'node:fs/promises'
import { messageOf } from '../../../config/index.ts'
import type { CollectorFactory } from '../collector.ts'
import { labels, type SampleType } from '../metric-text.ts'

type Family = { type: SampleType; help: string | undefined; lines: string[] }

/** A file of one host is a few lines from a cron job; what is larger is a mistake. */
const FILE_LIMIT_BYTES = 4 * 1024 * 1024
const TYPES = new Set(['counter', 'gauge', 'untyped', 'histogram', 'summary'])
const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const COMMENT = new RegExp(`^#\\s+(HELP|TYPE)\\s+(${NAME})(?:\\s+(.*))?$`)
const HEAD = new RegExp(`^${NAME}`)
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|(?=\}))/y

/**
 * Metrics that scripts leave as `*.prom` files (text 0.0.4). A file that does not parse, or has timestamps, is left out
 * as a whole and shows in `node_textfile_scrape_error`.
 */
export const createTextfile: CollectorFactory = ({ files, log, options }) => {
  const complained = new Map<string, string>()

  function complain(file: string, error: unknown): void {
    const message = messageOf(error)
    if (complained.get(file) === message) return
    if (complained.size > 100) complained.clear()
    complained.set(file, message)
    log.warn({ file, reason: message }, 'text file with metrics was left out')
  }

  return async (out) => {
    let failed = false
    const all = new Map<string, Family & { readonly sources: string[] }>()
    const mtimes: [string, number][] = []
    for (const directory of options.textfile.directories) {
      const names = await files.list(directory)
      if (names === undefined) {
        failed = true
        complain(directory, new Error('no such directory'))
        continue
      }
      for (const name of names.filter((one) => one.endsWith('.prom'))) {
        const file = `${directory.replace(/\/+$/, '')}/${name}`
        try {
          const facts = await stat(file)
          if (facts.size > FILE_LIMIT_BYTES) throw new Error(`larger than ${FILE_LIMIT_BYTES} bytes`)
          const families = parseTextfile((await files.fresh(file)) ?? '')
          for (const [family, parsed] of families) {
            const known = all.get(family)
            if (!known) all.set(family, { ...parsed, sources: [file] })
            else if (known.help !== undefined && parsed.help !== undefined && known.help !== parsed.help) {
              failed = true
              complain(file, new Error(`${family} has another help text than in ${known.sources[0]}`))
            } else {
              known.lines.push(...parsed.lines)
              known.help ??= parsed.help
              known.sources.push(file)
            }
          }
          mtimes.push([file, Math.floor(facts.mtimeMs / 1000)])
          complained.delete(file)
        } catch (error) {
          failed = true
          complain(file, error)
        }
      }
    }
    for (const [name, { type, help, lines, sources }] of all) {
      const family = out.family(name, type, help ?? `Metric read from ${sources.join(', ')}`)
      for (const line of lines) family.addLine(line)
    }
    const mtime = out.gauge('node_textfile_mtime_seconds', 'Unixtime mtime of textfiles successfully read.')
    for (const [file, seconds] of mtimes) mtime.add(seconds, labels('file', file))
    out
      .gauge('node_textfile_scrape_error', '1 if there was an error opening or reading a file, 0 otherwise')
      .add(failed ? 1 : 0)
  }
}

/** Families in the order of their first line. Throws with the line's number. */
export function parseTextfile(text: string): Map<string, Family> {
  const families = new Map<string, Family>()
  const familyOf = (name: string): Family => {
    let family = families.get(name)
    if (!family) {
      family = { type: 'untyped', help: undefined, lines: [] }
      families.set(name, family)
    }
    return family
  }
  text.split('\n').forEach((raw, index) => {
    const line = raw.trim()
    if (line === '') return
    if (line.startsWith('#')) {
      const [, word, name = '', rest = ''] = COMMENT.exec(line) ?? []
      if (word === 'TYPE') {
        if (!TYPES.has(rest)) throw new Error(`line ${index + 1}: unknown type ${JSON.stringify(rest)}`)
        familyOf(name).type = rest as SampleType
      } else if (word === 'HELP') {
        familyOf(name).help = rest.replace(/\\([\\n])/g, (_, c: string) => (c === 'n' ? '\n' : '\\'))
      }
      return
    }
    const { name, sample } = parseSample(line, index + 1)
    const base = [name, name.replace(/_(?:bucket|sum|count)$/, '')].find((one) => {
      const type = families.get(one)?.type
      return one === name ? type !== undefined : type === 'histogram' || type === 'summary'
    })
    familyOf(base ?? name).lines.push(sample)
  })
  for (const [name, family] of families) if (family.lines.length === 0) families.delete(name)
  return families
}

function parseSample(line: string, number: number): { name: string; sample: string } {
  const name = HEAD.exec(line)?.[0]
  if (name === undefined) throw new Error(`line ${number}: no metric name`)
  let at = name.length
  while (line[at] === ' ' || line[at] === '\t') at++
  let labelText = ''
  if (line[at] === '{') {
    const start = at++
    for (;;) {
      LABEL.lastIndex = at
      const found = LABEL.exec(line)
      if (!found) break
      at = LABEL.lastIndex
    }
    while (line[at] === ' ') at++
    if (line[at] !== '}') throw new Error(`line ${number}: labels are not well formed`)
    labelText = line.slice(start, ++at)
  }
  const words = line.slice(at).trim().split(/\s+/)
  if (words.length > 1) throw new Error(`line ${number}: timestamps are not supported in text files`)
  const value = words[0] ?? ''
  const valid = /^[+-]?(?:inf|infinity|nan)$/i.test(value) || (value !== '' && !Number.isNaN(Number(value)))
  if (!valid) throw new Error(`line ${number}: not a number: ${JSON.stringify(value)}`)
  return { name, sample: `${name}${labelText} ${value}` }
}
