import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { silentLogger, systemClock } from '../../../telemetry/index.ts'
import { createFileDiscoverer, createStaticDiscoverer, type Discoverer, findFiles, type TargetGroup } from './index.ts'

let directory: string
let discoverer: Discoverer | undefined

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'binnacle discovery-'))
})
afterEach(async () => {
  discoverer?.stop()
  await rm(directory, { recursive: true })
})

function follow(files: string[], refreshIntervalMs = 60_000): () => string[] {
  const groups = new Map<string, TargetGroup>()
  discoverer = createFileDiscoverer(
    { clock: systemClock, log: silentLogger },
    { files: files.map((file) => join(directory, file)), refreshIntervalMs },
  )
  discoverer.start(new AbortController().signal, (changed) => {
    for (const group of changed) groups.set(group.source, group)
  })
  return () => [...groups.values()].flatMap((group) => group.targets.map((target) => target.__address__!)).sort()
}

test('YAML and JSON files give groups with their path as a label', async () => {
  await writeFile(join(directory, 'a.yml'), '- targets: [a:1, b:2]\n  labels: {zone: 1, on: true}\n')
  await writeFile(join(directory, 'b.json'), '[\n\t{\n\t\t"targets": [\n\t\t\t"c:3"\n\t\t]\n\t}\n]\n')
  const found: TargetGroup[] = []
  discoverer = createFileDiscoverer(
    { clock: systemClock, log: silentLogger },
    { files: [join(directory, '*.yml'), join(directory, '*.json')], refreshIntervalMs: 60_000 },
  )
  discoverer.start(new AbortController().signal, (groups) => found.push(...groups))
  expect(found).toEqual([
    {
      source: `${join(directory, 'a.yml')}:0`,
      targets: [{ __address__: 'a:1' }, { __address__: 'b:2' }],
      labels: { zone: '1', on: 'true', __meta_filepath: join(directory, 'a.yml') },
    },
    {
      source: `${join(directory, 'b.json')}:0`,
      targets: [{ __address__: 'c:3' }],
      labels: { __meta_filepath: join(directory, 'b.json') },
    },
  ])
})

test('a changed, a replaced, a new and a removed file are seen without waiting for the refresh', async () => {
  await writeFile(join(directory, 'a.yml'), '- targets: [a:1]\n- targets: [b:2]\n')
  const addresses = follow(['*.yml'])
  expect(addresses()).toEqual(['a:1', 'b:2'])
  await writeFile(join(directory, 'a.yml'), '- targets: [a:1]\n')
  await vi.waitFor(() => expect(addresses()).toEqual(['a:1']), 5000)
  await writeFile(join(directory, 'new'), '- targets: [c:3]\n')
  await rename(join(directory, 'new'), join(directory, 'a.yml'))
  await vi.waitFor(() => expect(addresses()).toEqual(['c:3']), 5000)
  await writeFile(join(directory, 'b.yml'), '- targets: [d:4]\n')
  await vi.waitFor(() => expect(addresses()).toEqual(['c:3', 'd:4']), 5000)
  await rm(join(directory, 'a.yml'))
  await vi.waitFor(() => expect(addresses()).toEqual(['d:4']), 5000)
})

test('a broken file keeps its last good targets and is reported with its place', async () => {
  await writeFile(join(directory, 'a.yml'), '- targets: [a:1]\n')
  const addresses = follow(['a.yml'])
  await writeFile(join(directory, 'a.yml'), '- targetz: [b:2]\n')
  await vi.waitFor(() => expect(discoverer?.problems()).toHaveLength(1), 5000)
  expect(discoverer?.problems()[0]).toMatchObject({
    code: 'config.unknown_key',
    place: { file: join(directory, 'a.yml'), line: 1, column: 3 },
    hint: 'did you mean "targets"?',
  })
  expect(addresses()).toEqual(['a:1'])
  await writeFile(join(directory, 'a.yml'), '- targets: [b:2]\n')
  await vi.waitFor(() => expect(addresses()).toEqual(['b:2']), 5000)
  expect(discoverer?.problems()).toEqual([])
})

test('a directory that comes later is found by the refresh', async () => {
  const addresses = follow(['later/*.json'], 50)
  await mkdir(join(directory, 'later'))
  await writeFile(join(directory, 'later', 'x.json'), '[{"targets":["x:1"],"labels":{}}]')
  await vi.waitFor(() => expect(addresses()).toEqual(['x:1']), 5000)
})

test('static groups are emitted once', () => {
  const found: TargetGroup[] = []
  createStaticDiscoverer([{ targets: [{ __address__: 'a' }], labels: { x: 'y' } }]).start(
    new AbortController().signal,
    (groups) => found.push(...groups),
  )
  expect(found).toEqual([{ source: '0', targets: [{ __address__: 'a' }], labels: { x: 'y' } }])
})

test.for([
  ['*.yml', ['a.yml', 'b.yml']],
  ['?.yml', ['a.yml', 'b.yml']],
  ['[ab].yml', ['a.yml', 'b.yml']],
  ['[^a].yml', ['b.yml']],
  ['*/c.json', ['sub/c.json']],
  ['a.yml', ['a.yml']],
  ['none.yml', []],
  ['(a|b).yml', []],
] as const)('the pattern %s finds %j', async ([pattern, expected]) => {
  await mkdir(join(directory, 'sub'))
  for (const file of ['a.yml', 'b.yml', 'sub/c.json']) await writeFile(join(directory, file), '')
  expect(findFiles(join(directory, pattern)).map((file) => file.slice(directory.length + 1))).toEqual(expected)
})
