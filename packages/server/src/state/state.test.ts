import { spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLogger, createRegistry, silentLogger, systemClock } from '../telemetry/index.ts'
import { watchLongestTurn } from '../telemetry/testkit/longest-turn.ts'
import { createState, type DomainStep, type State, type Tables } from './index.ts'
import { createSqliteThread, type SqliteThread } from './sqlite/index.ts'
import { createInlineBackend } from './testkit/test-state.ts'

type Schema = { notes: { id: string; n: number; text: string | null } }

const steps: readonly DomainStep[] = [
  {
    id: 1,
    name: 'notes',
    statements: ['CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL, text TEXT)'],
  },
]
const signal = new AbortController().signal

let folder: string
const opened: State[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binnacle-state-'))
})
afterEach(async () => {
  for (const state of opened.splice(0)) await state.stop()
  await rm(folder, { recursive: true, force: true })
})

const file = () => join(folder, 'data', 'state.db')

function build(options: { inline?: boolean; maxWaitingRows?: number } = {}) {
  const registry = createRegistry()
  const state = createState(
    {
      clock: systemClock,
      log: silentLogger,
      registry,
      ...(options.inline ? { backend: createInlineBackend } : {}),
    },
    { file: file(), ...(options.maxWaitingRows === undefined ? {} : { maxWaitingRows: options.maxWaitingRows }) },
  )
  opened.push(state)
  return { state, registry }
}

async function start(more: readonly DomainStep[] = steps): Promise<Tables<Schema> & { state: State }> {
  const { state } = build()
  const tables = state.tables<Schema>('notes', more)
  await state.start(signal)
  return { ...tables, state }
}

test('what was written is there after the file is opened again', async () => {
  const first = await start()
  await first.write([first.db.insertInto('notes').values({ id: 'a', n: 1_764_123_129_123, text: null })])
  await first.state.stop()
  const again = await start()
  expect(await again.db.selectFrom('notes').selectAll().execute()).toEqual([
    { id: 'a', n: 1_764_123_129_123, text: null },
  ])
})

test('changes that are written together happen together or not at all', async () => {
  const { db, write } = await start()
  const add = (id: string) => db.insertInto('notes').values({ id, n: 1, text: '' })
  const results = await Promise.allSettled([
    write([add('a'), add('b')]),
    write([add('c'), add('a')]),
    write([add('d')]),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  const rows = await db.selectFrom('notes').select('id').orderBy('id').execute()
  expect(rows.map(({ id }) => id)).toEqual(['a', 'b', 'd'])
})

test('a bulk runs one statement for every row and counts them', async () => {
  const { db, write } = await start()
  const query = db.insertInto('notes').values({ id: '', n: 0, text: '' })
  const rows = Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i, null])
  expect(await write([{ query, rows }, db.deleteFrom('notes').where('n', '<', 100)])).toEqual([
    { affected: 10_000 },
    { affected: 100 },
  ])
})

test('writes that arrive together share a commit, in the order of their calls', async () => {
  const { state, registry } = build()
  const { db, write } = state.tables<Schema>('notes', steps)
  await state.start(signal)
  const put = (n: number) =>
    db
      .insertInto('notes')
      .values({ id: 'x', n, text: '' })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ n }))
  await Promise.all(Array.from({ length: 500 }, (_, n) => write([put(n)])))
  expect(await db.selectFrom('notes').select('n').execute()).toEqual([{ n: 499 }])
  const commits = /binnacle_state_commit_seconds_count (\d+)/.exec(registry.render('text'))?.[1]
  expect(Number(commits)).toBeLessThan(10)
})

test('a write is refused while too much waits for the disk', async () => {
  const { state } = build({ maxWaitingRows: 10 })
  const { db, write } = state.tables<Schema>('notes', steps)
  await state.start(signal)
  const add = (id: number) => write([db.insertInto('notes').values({ id: `${id}`, n: 1, text: '' })])
  const results = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => add(i)))
  const refused = results.filter((result) => result.status === 'rejected')
  expect(refused).toHaveLength(10)
  expect(refused[0]).toMatchObject({ reason: { code: 'state.overloaded', kind: 'overload' } })
})

test('while 50,000 rows are written the event loop goes on', async () => {
  const { db, write } = await start()
  const query = db.insertInto('notes').values({ id: '', n: 0, text: '' })
  const longestTurn = watchLongestTurn()
  for (let part = 0; part < 50; part++) {
    await write([{ query, rows: Array.from({ length: 1000 }, (_, i) => [`${part}-${i}`, i, 'x'.repeat(300)]) }])
  }
  // 2 to 6 ms on a quiet machine: making and copying 1,000 rows. A commit of them takes longer than that.
  expect(longestTurn()).toBeLessThan(100)
})

test('the files are for their owner alone', async () => {
  await start()
  for (const name of ['state.db', 'state.db-wal', 'state.db.lock']) {
    expect(statSync(join(folder, 'data', name)).mode & 0o777).toBe(0o600)
  }
})

test('a file that another process holds is refused', async () => {
  const first = await start()
  const { state } = build()
  await expect(state.start(signal)).rejects.toMatchObject({ code: 'state.locked', place: { file: file() } })
  await first.state.stop()
  const third = build().state
  await third.start(signal)
})

test('a file that is no database is refused and left as it is', async () => {
  const { state } = await start()
  await state.stop()
  await writeFile(file(), 'not a database, '.repeat(1000))
  await expect(start()).rejects.toMatchObject({ code: 'state.damaged' })
  expect(await readFile(file(), 'utf8')).toMatch(/^not a database/)
})

test('a database with overwritten pages is refused', async () => {
  const { db, write, state } = await start()
  const query = db.insertInto('notes').values({ id: '', n: 0, text: '' })
  await write([{ query, rows: Array.from({ length: 2000 }, (_, i) => [`k${i}`, i, 'text '.repeat(50)]) }])
  await state.stop()
  const handle = await open(file(), 'r+')
  await handle.write(Buffer.alloc(64 * 1024, 0x5a), 0, 64 * 1024, 16 * 4096)
  await handle.close()
  await expect(start()).rejects.toMatchObject({ code: 'state.damaged' })
})

test('a folder that is a file is told', async () => {
  await writeFile(join(folder, 'data'), '')
  await expect(start()).rejects.toMatchObject({ code: 'state.cannot_open' })
})

test('steps are taken once each, and a file of a newer version is refused', async () => {
  const added: DomainStep = { id: 2, name: 'title', statements: ['ALTER TABLE notes ADD COLUMN title TEXT'] }
  await (await start()).state.stop()
  await (await start([...steps, added])).state.stop()
  await (await start([...steps, added])).state.stop()
  await expect(start()).rejects.toMatchObject({ code: 'state.newer_schema' })
})

test('a file that was used before is told of before a step is taken, since a large one takes a while', async () => {
  const lines: string[] = []
  const log = createLogger({ level: 'info', write: (line) => lines.push((JSON.parse(line) as { msg: string }).msg) })
  const begin = async (all: readonly DomainStep[]) => {
    const taking = createInlineBackend(file())
    const commit: typeof taking.commit = (units) => {
      if (units.some((unit) => unit.some(({ sql }) => sql.includes('title')))) lines.push('taken')
      return taking.commit(units)
    }
    const backend = () => ({ ...taking, commit })
    const state = createState({ clock: systemClock, log, registry: createRegistry(), backend }, { file: file() })
    opened.push(state)
    state.tables<Schema>('notes', all)
    await state.start(signal)
    await state.stop()
  }
  const added: DomainStep = { id: 2, name: 'title', statements: ['ALTER TABLE notes ADD COLUMN title TEXT'] }
  await begin(steps)
  expect(lines.splice(0)).toEqual(['state migrated'])
  await begin([...steps, added])
  expect(lines.splice(0)).toEqual([
    'state is migrated; with a long history this takes a while',
    'taken',
    'state migrated',
  ])
  await begin([...steps, added])
  expect(lines).toEqual([])
})

test('a step that fails leaves nothing', async () => {
  const broken: DomainStep = {
    id: 2,
    name: 'broken',
    statements: ['CREATE TABLE half (a TEXT)', 'CREATE TABLE notes (a TEXT)'],
  }
  await expect(start([...steps, broken])).rejects.toThrow(/already exists/)
  await opened.at(-1)?.stop()
  const fixed: DomainStep = { ...broken, statements: ['CREATE TABLE half (a TEXT)'] }
  await start([...steps, fixed])
})

test.for<[string, unknown, RegExp]>([
  ['NaN', Number.NaN, /NaN/],
  ['a boolean', true, /boolean/],
  ['bytes', new Uint8Array(2), /object/],
  ['a text with NUL', 'a\0b', /NUL/],
])('%s is refused before it reaches the database', async ([, value, message]) => {
  const { db, write } = await start()
  await expect(write([db.insertInto('notes').values({ id: 'a', n: 1, text: value as string })])).rejects.toThrow(
    message,
  )
})

test('before the start and after the stop there is nothing to read or write', async () => {
  const { state } = build()
  const { db, write } = state.tables<Schema>('notes', steps)
  await expect(write([db.deleteFrom('notes')])).rejects.toMatchObject({ code: 'state.stopped' })
  await state.start(signal)
  await state.stop()
  await expect(db.selectFrom('notes').selectAll().execute()).rejects.toMatchObject({ code: 'state.stopped' })
})

test('stop writes what waits', async () => {
  const { state, db, write } = await start()
  const writes = Array.from({ length: 100 }, (_, n) =>
    write([db.insertInto('notes').values({ id: `${n}`, n, text: '' })]),
  )
  await Promise.all([state.stop(), ...writes])
  expect((await (await start()).db.selectFrom('notes').selectAll().execute()).length).toBe(100)
})

test('a thread that dies is replaced; what waited fails, what had resolved is there', async () => {
  let thread: SqliteThread | undefined
  const backend = (path: string) => {
    thread = createSqliteThread(path)
    return thread
  }
  const state = createState(
    { clock: systemClock, log: silentLogger, registry: createRegistry(), backend },
    { file: file() },
  )
  opened.push(state)
  const { db, write } = state.tables<Schema>('notes', steps)
  await state.start(signal)
  const add = (n: number) => write([db.insertInto('notes').values({ id: String(n), n, text: '' })])
  await add(1)
  const waiting = add(2)
  await thread?.crash()
  const outcome = await waiting.catch((error) => error.code)
  await add(3)
  const ids = (await db.selectFrom('notes').select('n').orderBy('n').execute()).map(({ n }) => n)
  // The second may have been written before the thread died, but then its answer was lost or came.
  expect(ids).toEqual(outcome === 'state.interrupted' && ids.length === 2 ? [1, 3] : [1, 2, 3])
})

test('each write that had resolved survives kill -9', async () => {
  const built = new URL('../../dist/state/index.js', import.meta.url).href
  const telemetry = new URL('../../dist/telemetry/index.js', import.meta.url).href
  const script = `
    import { createState } from ${JSON.stringify(built)}
    import { createRegistry, silentLogger, systemClock } from ${JSON.stringify(telemetry)}
    const state = createState({ clock: systemClock, log: silentLogger, registry: createRegistry() }, { file: ${JSON.stringify(file())} })
    const { db, write } = state.tables('notes', ${JSON.stringify(steps)})
    await state.start(new AbortController().signal)
    for (let n = Number(process.argv[1]); ; n++) {
      await write([db.insertInto('notes').values({ id: String(n), n, text: '' })])
      process.stdout.write(n + '\\n')
    }`
  let next = 0
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, String(next)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', (bytes) => {
      said += bytes
      if (said.split('\n').length > 40 + round * 17) child.kill('SIGKILL')
    })
    await new Promise((resolve) => child.on('close', resolve))
    const last = Math.max(
      ...said
        .split('\n')
        .filter((line) => line !== '')
        .map(Number),
    )
    const { state, db } = await start()
    const numbers = (await db.selectFrom('notes').select('n').orderBy('n').execute()).map(({ n }) => n)
    await state.stop()
    expect(numbers.length).toBeGreaterThan(last)
    expect(numbers).toEqual(numbers.map((_, i) => i))
    next = numbers.length
  }
  expect(existsSync(file())).toBe(true)
})
