import { z } from 'zod'
import { anything, plainMap, text } from '../../config/go-yaml/index.ts'
import { valueAt, type YamlDocument, type YamlPath } from '../../config/index.ts'
import type { Globals, ReceiverKind } from '../notify/index.ts'
import type { ReceiverConfig } from './alertmanager-config.ts'
import type { Reader } from './reader.ts'

export type ReceiverSources = {
  readonly kinds: readonly ReceiverKind[]
  readonly globals: Globals
  /** Without findings in `global`; else what a receiver takes from it may be there, but bad. */
  readonly isGlobalGood: boolean
  /** Folder of the file. */
  readonly directory: string
  /** What works, but not as it is written. */
  warn(message: string, path: YamlPath): void
  /** The same file with the types of YAML. */
  typed(): YamlDocument
}

export function readReceivers(reader: Reader, sources: ReceiverSources): readonly ReceiverConfig[] {
  const schema = receiverSchema(sources.kinds)
  const list = reader.at(['receivers'])
  if (!Array.isArray(list)) return []
  const found: ReceiverConfig[] = []
  const names = new Set<string>()
  for (const [i, raw] of list.entries()) {
    const path = ['receivers', i]
    // Alertmanager takes an empty entry for a receiver that nobody can name.
    if (raw === null) continue
    const given = reader.check(path, schema)
    if (given === undefined) continue
    const { name } = given as { name: string | undefined }
    if (!name) reader.report('missing name in receiver', path)
    else if (names.has(name)) {
      reader.report(`notification config name ${JSON.stringify(name)} is not unique`, [...path, 'name'])
    } else names.add(name)
    const labels = (given as { labels: Readonly<Record<string, string>> | undefined }).labels ?? {}
    const named = labels.name
    if (name && named !== undefined && named !== name) {
      const message = `receiver label "name" must match receiver name ${JSON.stringify(name)}, got ${JSON.stringify(named)}`
      reader.report(message, [...path, 'labels', 'name'])
    }
    const integrations: ReceiverConfig['integrations'][number][] = []
    for (const kind of sources.kinds) {
      const entries = reader.at([...path, kind.section])
      if (!Array.isArray(entries)) continue
      for (let index = 0; index < entries.length; index++) {
        const at = [...path, kind.section, index]
        const checked = readEntry(reader, sources, kind, at)
        if (checked) integrations.push({ checked, index, place: reader.document.placeOf(at) })
      }
    }
    found.push({
      name: name ?? '',
      labels: { ...labels, name: name ?? '' },
      integrations,
      place: reader.document.placeOf(path),
    })
  }
  return found
}

function readEntry(reader: Reader, sources: ReceiverSources, kind: ReceiverKind, path: YamlPath) {
  if (reader.at(path) === null) {
    reader.report(`missing ${kind.kind} config`, path)
    return undefined
  }
  const given = reader.check(path, kind.schema)
  if (given === undefined) return undefined
  let bad = false
  const checked = kind.check(given, {
    globals: sources.globals,
    directory: sources.directory,
    report: (message, inner) => {
      bad = true
      // What a bad `global` would have given is not missing.
      if (!sources.isGlobalGood && /^(?:no |missing (?:bot_token|webhook_url))/.test(message)) return
      reader.report(message, [...path, ...inner])
    },
    warn: (message, inner) => sources.warn(message, [...path, ...inner]),
    typed: (inner) => valueAt(sources.typed(), [...path, ...inner]),
  })
  return bad ? undefined : checked
}

/** Entries are checked by their kinds, one by one. */
function receiverSchema(kinds: readonly ReceiverKind[]) {
  const sections = kinds.map(({ section }) => [
    section,
    z.array(anything, { error: 'expected a list' }).nullable().optional(),
  ])
  return z.strictObject(
    { name: text, labels: plainMap, ...Object.fromEntries(sections) },
    { error: 'expected a receiver' },
  )
}
