// Runs one benchmark: `node scripts/bench.mjs bench/<area>/<question>.bench.ts [arguments of the benchmark]`.
// Node 20 does not read TypeScript, so the file and the sources that it imports are bundled first (Vite, which is there
// anyway) and run in a process of their own: what is measured is plain modules, without a test runner around them.
// Options for Node itself go before the file, such as `--cpu-prof` or `--expose-gc`.

import { spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const args = process.argv.slice(2)
const at = args.findIndex((arg) => !arg.startsWith('-'))
const file = at < 0 ? undefined : resolve(args[at])
if (file === undefined || !existsSync(file)) {
  console.error(file === undefined ? 'which benchmark?' : `no such file: ${file}`)
  console.error('usage: node scripts/bench.mjs [node options] bench/<area>/<question>.bench.ts [arguments]')
  process.exit(2)
}

// Below node_modules, so that packages that stay outside the bundle are found; one folder a run, so that runs can overlap.
const outDir = join(root, 'node_modules', '.cache', 'bench', `${basename(file, '.ts')}-${process.pid}`)
process.on('exit', () => rmSync(outDir, { recursive: true, force: true }))
await build({
  root,
  configFile: false,
  logLevel: 'error',
  resolve: { conditions: ['@binnacle/source'] },
  ssr: { noExternal: [/^@binnacle\//], resolve: { conditions: ['@binnacle/source', 'node', 'import', 'default'] } },
  build: {
    ssr: file,
    outDir,
    target: 'node20',
    minify: false,
    rollupOptions: { output: { entryFileNames: 'bench.mjs' } },
  },
})
const child = spawn(process.execPath, [...args.slice(0, at), join(outDir, 'bench.mjs'), ...args.slice(at + 1)], {
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)))
