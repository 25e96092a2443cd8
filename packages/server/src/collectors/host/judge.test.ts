import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { afterAll, expect, test } from 'vitest'
import { silentLogger, systemClock } from '../../telemetry/index.ts'
import { createHostCollector } from './index.ts'
import { type Exposition, familyOf, parseExposition } from './testkit/exposition.ts'
import { nodeExporterPath, promtoolPath, startNodeExporter } from './testkit/node-exporter.ts'

const host = createHostCollector({}, { clock: systemClock, log: silentLogger })
afterAll(() => host.stop())

/** Gauges that swing within the milliseconds between two reads; a share by which they may lie outside. */
const VOLATILE = /^node_(?:memory_|load|procs_|filefd_|sockstat_|filesystem_(?:avail|free|files_free)|pressure_)/
const VOLATILE_RATIO = 0.2
const OF_THE_READER = /^node_(?:scrape_collector_|exporter_build_info|textfile_)/

const ours = async () => parseExposition(await host.collect(Date.now()))

test.skipIf(!nodeExporterPath)(
  'every series that node exporter has too is equal within the time between two reads, in type and help too (JUDGES_DIR)',
  { timeout: 60_000 },
  async () => {
    await using judge = await startNodeExporter([])
    let open: Set<string> | undefined
    let last: string[] = []
    let theirs: Exposition | undefined
    for (let round = 0; round < 12 && (open === undefined || open.size > 0); round++) {
      const before = await ours()
      theirs = parseExposition(await judge.scrape())
      const after = await ours()
      open ??= new Set([...theirs.values.keys()].filter((key) => before.values.has(key) && !OF_THE_READER.test(key)))
      last = []
      for (const key of open) {
        const value = theirs.values.get(key)
        const [a, b] = [before.values.get(key), after.values.get(key)]
        if (value === undefined || a === undefined || b === undefined) continue
        const slack = VOLATILE.test(key) ? Math.max(Math.abs(a), Math.abs(b)) * VOLATILE_RATIO : 0
        if (value >= Math.min(a, b) - slack && value <= Math.max(a, b) + slack) open.delete(key)
        else last.push(`${key}: ${a} .. ${b}, node exporter ${value}`)
      }
    }
    expect(last).toEqual([])
    const mine = await ours()
    const shared = [...theirs!.families.keys()].filter((name) => mine.families.has(name))
    expect(Object.fromEntries(shared.map((name) => [name, mine.families.get(name)]))).toEqual(
      Object.fromEntries(shared.map((name) => [name, theirs!.families.get(name)])),
    )
    expect(shared.length).toBeGreaterThan(150)
  },
)

const docs = new URL('../../../../../docs/collectors.md', import.meta.url)

/** What docs/collectors.md lists as lacking: names in back quotes, `*` at the end for all that begin so. */
async function readLacking(): Promise<string[]> {
  const text = await readFile(docs, 'utf8')
  const section = /<!-- lacking: begin -->([\s\S]*)<!-- lacking: end -->/.exec(text)?.[1] ?? ''
  return [...section.matchAll(/`(node_\w+\*?)`/g)].map((match) => match[1]!)
}

test.skipIf(!nodeExporterPath)('what node exporter gives here and we do not stands in docs (JUDGES_DIR)', async () => {
  await using judge = await startNodeExporter([])
  const [theirs, mine] = [parseExposition(await judge.scrape()), await ours()]
  const listed = await readLacking()
  const isListed = (name: string) =>
    listed.some((one) => (one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : name === one))
  // What a client library says of the exporter process itself is no metric of the host.
  const ofTheExporter = /^(?:go_|process_|promhttp_)/
  const lacking = [...theirs.families.keys()].filter((name) => !mine.families.has(name) && !ofTheExporter.test(name))
  expect(lacking.filter((name) => !isListed(name))).toEqual([])
  // A family that both have must not lack single series either.
  const series = [...theirs.values.keys()].filter((key) => !mine.values.has(key) && !ofTheExporter.test(key))
  expect(series.filter((key) => !isListed(familyOf(key)))).toEqual([])
})

test('what docs list as lacking is lacking', async () => {
  const listed = await readLacking()
  expect(listed.length).toBeGreaterThan(5)
  const mine = await ours()
  const partly = ['node_disk_info', 'node_scrape_collector_success', 'node_scrape_collector_duration_seconds']
  expect(listed.filter((name) => mine.families.has(name) && !partly.includes(name))).toEqual([])
})

test.skipIf(!promtoolPath)(
  "promtool finds no fault in what is not node exporter's own choice of name (JUDGES_DIR)",
  async () => {
    const lint = spawnSync(promtoolPath!, ['check', 'metrics'], {
      input: await host.collect(Date.now()),
      encoding: 'utf8',
    })
    // Status 3 is lint (names such as node_md_..._total of node exporter); 1 would be text that does not parse.
    expect([lint.status, lint.stderr.includes('error while')]).toEqual([lint.stderr === '' ? 0 : 3, false])
  },
)
