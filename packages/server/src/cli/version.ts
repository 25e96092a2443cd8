import { readFileSync } from 'node:fs'

/** Version of this package, from its package.json (which lies one folder above `src` and `dist`). */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return String((JSON.parse(text) as { version: unknown }).version)
}
