import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The built program as it is installed where the optional package `chdb` has no binary: a copy of the program beside a
 * node_modules that has everything else. (A copy, since Node looks for packages from where a file really lies.)
 */
export function installWithoutChdb(): { readonly program: string } & Disposable {
  const root = mkdtempSync(join(tmpdir(), 'binnacle-no-chdb-'))
  const house = fileURLToPath(new URL('../../../', import.meta.url))
  const server = join(root, 'packages', 'server')
  for (const part of ['bin', 'dist', 'package.json'])
    cpSync(join(house, 'packages', 'server', part), join(server, part), { recursive: true })
  const packages = join(root, 'node_modules')
  mkdirSync(packages)
  for (const name of readdirSync(join(house, 'node_modules')))
    if (!['chdb', '@chdb', '.bin'].includes(name)) symlinkSync(join(house, 'node_modules', name), join(packages, name))
  return {
    program: join(server, 'bin', 'binnacle.mjs'),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  }
}
