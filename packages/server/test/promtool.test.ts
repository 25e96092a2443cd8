import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'

const judges = process.env.JUDGES_DIR
const run = promisify(execFile)

describe.skipIf(judges === undefined)('the real promtool works against Binnacle (JUDGES_DIR names where it is)', () => {
  let it: RunningBinnacle

  async function promtool(...args: string[]): Promise<string> {
    const { stdout, stderr } = await run(join(judges ?? '', 'root/usr/bin/promtool'), args, { timeout: 20_000 })
    return stdout + stderr
  }

  beforeAll(async () => {
    it = await startBinnacle({ config: 'collectors:\n  host: {interval: 1s}\n  process: {interval: 1s}\n' })
    for (let i = 0; i < 100; i++) {
      if ((await promtool('query', 'instant', it.url, 'count(up) == 2')).trim() !== '') return
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    throw new Error(`nothing was collected\n${it.stderr}`)
  })
  afterAll(async () => {
    await it?.[Symbol.asyncDispose]()
  })

  test('query instant', async () => {
    const lines = (await promtool('query', 'instant', it.url, 'up')).trim().split('\n').sort()
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^up\{instance=".+", job="binnacle"\} => 1 @\[\d+(\.\d+)?\]$/)
    expect(lines[1]).toMatch(/^up\{instance=".+", job="host"\} => 1 @\[\d+(\.\d+)?\]$/)
    expect(await promtool('query', 'instant', '--time=1700000000', it.url, 'vector(1) + 1')).toBe(
      '{} => 2 @[1700000000]\n',
    )
    expect(await promtool('query', 'instant', '--format=json', it.url, 'scalar(vector(5))')).toMatch(
      /^\[\d+(\.\d+)?,"5"\]\n$/,
    )
  })

  test('query range', async () => {
    const end = Math.floor(Date.now() / 1000)
    const out = await promtool(
      'query',
      'range',
      `--start=${end - 10}`,
      `--end=${end}`,
      '--step=5s',
      it.url,
      'vector(time())',
    )
    expect(out).toBe(`{} =>\n${[10, 5, 0].map((ago) => `${end - ago} @[${end - ago}]`).join('\n')}\n`)
    const up = await promtool(
      'query',
      'range',
      `--start=${end - 60}`,
      // The first scrape may have been within this very second.
      `--end=${end + 5}`,
      '--step=1s',
      it.url,
      'up{job="host"}',
    )
    expect(up).toMatch(/^up\{instance=".+", job="host"\} =>\n(1 @\[\d+\]\n)+$/)
  })

  test('query series', async () => {
    const out = await promtool('query', 'series', '--match=node_uname_info', '--match=up{job="host"}', it.url)
    expect(out).toMatch(/__name__="node_uname_info"/)
    expect(out).toMatch(/__name__="up", instance=".+", job="host"/)
    expect(out.trim().split('\n')).toHaveLength(2)
  })

  test('query labels', async () => {
    expect((await promtool('query', 'labels', it.url, 'job')).trim().split('\n')).toEqual(['binnacle', 'host'])
    expect(await promtool('query', 'labels', '--match=node_cpu_seconds_total', it.url, 'mode')).toContain('idle\n')
  })

  test('errors arrive in its words', async () => {
    await expect(promtool('query', 'instant', it.url, 'rate(up)')).rejects.toMatchObject({
      stderr: expect.stringContaining('expected type range vector'),
    })
  })

  test('check healthy and check ready', async () => {
    expect(await promtool('check', 'healthy', `--url=${it.url}`)).toContain('SUCCESS')
    expect(await promtool('check', 'ready', `--url=${it.url}`)).toContain('SUCCESS')
  })

  test('check metrics finds nothing broken in our own exposition', async () => {
    const text = await (await fetch(`${it.url}/metrics`)).text()
    const child = run(join(judges ?? '', 'root/usr/bin/promtool'), ['check', 'metrics'])
    child.child.stdin?.end(text)
    // Exit code 3 is for advice on names; a text that does not parse is code 1.
    const failed = await child.then(
      () => undefined,
      (error: { code?: number; stderr?: string }) => error,
    )
    expect([undefined, 3]).toContain(failed?.code)
    expect(failed?.stderr ?? '').not.toContain('error while linting')
  })
})
