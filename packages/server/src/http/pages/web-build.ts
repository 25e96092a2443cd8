import { fileURLToPath } from 'node:url'

/** Where the web package's build lies beside this package; the same distance from `src/` and from `dist/`. */
export function webBuildFolder(): string {
  return fileURLToPath(new URL('../../../../web/dist', import.meta.url))
}
