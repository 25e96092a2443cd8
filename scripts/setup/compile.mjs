// The build: `tsc -b` for promql and server, Vite for the pages, side by side, each only when its sources changed.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fingerprint } from './fingerprint.mjs'
import { root, SetupError } from './place.mjs'
import { run } from './run.mjs'
import { readStamp, writeStamp } from './stamp.mjs'

/** Whoever changes how it is built, or with what, builds anew. */
const tools = ['package-lock.json', 'scripts/setup/compile.mjs']
const skip = (name) => name === 'node_modules' || name === 'dist' || name === 'testdata' || name.endsWith('.test.ts')

const jobs = [
  {
    name: 'server',
    sources: [...tools, 'tsconfig.json', 'tsconfig.base.json', ...sourcesOf('promql'), ...sourcesOf('server')],
    results: ['packages/promql/dist/index.js', 'packages/server/dist/cli/main.js'],
    exists: () => true,
    build({ missing }) {
      // tsc trusts its own notes about what it wrote; files that somebody removed it would not write again.
      const args = [join(root, 'node_modules/typescript/bin/tsc'), '-b', '--pretty', 'false']
      return run(process.execPath, missing ? [...args, '--force'] : args, { cwd: root })
    },
  },
  {
    name: 'pages',
    sources: [...tools, 'tsconfig.base.json', 'packages/promql/src', 'packages/promql/package.json', 'packages/web'],
    results: ['packages/web/dist/index.html'],
    exists: () => existsSync(join(root, 'packages/web/vite.config.ts')),
    build() {
      const args = [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn']
      return run(process.execPath, args, { cwd: join(root, 'packages/web') })
    },
  },
]

function sourcesOf(name) {
  return ['src', 'package.json', 'tsconfig.json'].map((path) => `packages/${name}/${path}`)
}

/** The jobs whose sources are not those of the last build. About 20 ms. */
export function staleBuilds() {
  const stamp = readStamp('build')
  return jobs
    .filter((job) => job.exists())
    .map((job) => ({ ...job, mark: fingerprint(root, job.sources, skip) }))
    .map((job) => ({ ...job, missing: job.results.some((path) => !existsSync(join(root, path))) }))
    .filter((job) => job.missing || stamp[job.name] !== job.mark)
}

/** Builds them at the same time. Throws `SetupError` with what the tools printed; those that succeeded stay built. */
export async function build(stale) {
  const began = Date.now()
  const done = await Promise.all(stale.map(async (job) => ({ job, ...(await job.build(job)) })))
  const stamp = readStamp('build')
  // The mark was taken before the build: what was changed during it is built the next time.
  for (const { job, code } of done) if (code === 0) stamp[job.name] = job.mark
  writeStamp('build', stamp)
  const failed = done.filter(({ code }) => code !== 0)
  if (failed.length > 0) {
    throw new SetupError(
      failed.map(({ job, output }) => `building ${job.name} failed:\n${output.trimEnd()}`).join('\n'),
    )
  }
  return `${stale.map(({ name }) => name).join(' and ')} built in ${((Date.now() - began) / 1000).toFixed(1)} s`
}
