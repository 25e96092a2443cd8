import { execFile, execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const module = (name: string) => new URL(name, import.meta.url).href
const node = (code: string) => promisify(execFile)(process.execPath, ['--input-type=module', '-e', code])

test('an old Node gets one line that names the version which package.json asks for', () => {
  const text = readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8')
  const wanted = (JSON.parse(text) as { engines: { node: string } }).engines.node.replace('>=', '')
  const code = `import { nodeProblem } from '${module('node-version.mjs')}'
    console.log(JSON.stringify(['18.20.1', '20.18.9', '${wanted}.0', '20.20.0', '24.0.0'].map((v) => nodeProblem(v) ?? '')))`
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  const lines = JSON.parse(out) as string[]
  expect(lines[0]).toContain(`needs Node ${wanted} or newer; this is Node 18.20.1`)
  expect(lines[1]).toContain('this is Node 20.18.9')
  expect(lines.slice(2)).toEqual(['', '', ''])
})

test('set-ups at the same time go one after the other, also past the lock of one that died', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'set up '))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const lock = join(folder, 'setup.lock')
  const log = join(folder, 'log')
  appendFileSync(log, '')
  const dead = JSON.parse((await node('console.log(process.pid)')).stdout) as number
  writeFileSync(lock, JSON.stringify({ pid: dead, began: '1', nonce: 'of-the-dead' }))
  const code = `import { appendFileSync } from 'node:fs'
    import { takeLock } from '${module('lock.mjs')}'
    const release = await takeLock(${JSON.stringify(lock)}, () => {})
    appendFileSync(${JSON.stringify(log)}, 'in ')
    await new Promise((resolve) => setTimeout(resolve, 30))
    appendFileSync(${JSON.stringify(log)}, 'out ')
    release()`
  await Promise.all(Array.from({ length: 6 }, () => node(code)))
  expect(readFileSync(log, 'utf8')).toBe('in out '.repeat(6))
  expect(readdirSync(folder)).toEqual(['log'])
})
