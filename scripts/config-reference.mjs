// Writes docs/reference/configuration.md from the schema of binnacle.yml. Needs a build (npm run build).
import { mkdir, writeFile } from 'node:fs/promises'
import { renderReference } from '../packages/server/dist/config/settings/index.js'

const page = new URL('../docs/reference/configuration.md', import.meta.url)
await mkdir(new URL('.', page), { recursive: true })
await writeFile(page, renderReference())
console.log('wrote docs/reference/configuration.md')
