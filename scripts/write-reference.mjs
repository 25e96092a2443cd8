// Writes what docs/reference can take from the code: the settings (schema of binnacle.yml), the command line (its
// help), the errors and the checks (their catalogues). Needs a build (npm run build).
import { mkdir, writeFile } from 'node:fs/promises'
import { renderCheckReference } from '../packages/server/dist/cli/check/checks-reference.js'
import { renderCliReference } from '../packages/server/dist/cli/reference.js'
import { renderErrorReference } from '../packages/server/dist/config/error-catalogue.js'
import { renderReference } from '../packages/server/dist/config/settings/index.js'

const folder = new URL('../docs/reference/', import.meta.url)
await mkdir(folder, { recursive: true })
for (const [name, text] of [
  ['configuration.md', renderReference()],
  ['cli.md', renderCliReference()],
  ['errors.md', renderErrorReference()],
  ['checks.md', renderCheckReference()],
]) {
  await writeFile(new URL(name, folder), text)
  console.log(`wrote docs/reference/${name}`)
}
