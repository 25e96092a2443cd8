import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const script = fileURLToPath(new URL('floors.mjs', import.meta.url))
const face = (what: string) => `// What this part is for.\nexport { ${what} } from './${what}.ts'\n`

function check(files: Record<string, string>): { lines: string[]; code: number | null } {
  const root = mkdtempSync(join(tmpdir(), 'floors of a house '))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, 'packages', path)), { recursive: true })
      writeFileSync(join(root, 'packages', path), text)
    }
    const { stdout, status } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' })
    return { lines: stdout.split('\n').filter((line) => line !== ''), code: status }
  } finally {
    rmSync(root, { recursive: true })
  }
}

const house = {
  'server/src/config/index.ts': face('read'),
  'server/src/config/read.ts': 'export const read = 1\n',
  'server/src/http/index.ts': face('serve'),
  'server/src/http/serve.ts': "import { read } from '../config/index.ts'\nexport const serve = read\n",
}

test('the house as it stands has no violation', () => {
  const { stdout, status } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
  expect(stdout).toBe('')
  expect(status).toBe(0)
})

test('imports downwards through a face are fine', () => {
  expect(check(house)).toEqual({ lines: [], code: 0 })
})

test.for<[string, Record<string, string>, string]>([
  [
    'an import from a floor above',
    {
      'server/src/config/read.ts': "\n/* '\n */ export const read = 1\nimport type { serve } from '../http/index.ts'\n",
    },
    'packages/server/src/config/read.ts:4: config imports http from a floor above (floors)',
  ],
  [
    'two files that import each other',
    {
      'server/src/config/read.ts': "export { other as read } from './other.ts'\n",
      'server/src/config/other.ts': "import type { read } from './read.ts'\nexport const other: typeof read = 1\n",
    },
    'packages/server/src/config/read.ts:1: imports itself by way of other.ts (circles)',
  ],
  [
    'an import past a face',
    { 'server/src/http/serve.ts': "export { read as serve } from '../config/read.ts'\n" },
    'packages/server/src/http/serve.ts:1: config/read.ts goes past the face config/index.ts (faces)',
  ],
  [
    'a dynamic import past a face',
    { 'server/src/http/serve.ts': "export const serve = () => import('../config/read.ts')\n" },
    'packages/server/src/http/serve.ts:1: config/read.ts goes past the face config/index.ts (faces)',
  ],
  [
    'an import over several lines',
    { 'server/src/config/read.ts': "import {\n  serve,\n} from '../http/index.ts'\nexport const read = serve\n" },
    'packages/server/src/config/read.ts:1: config imports http from a floor above (floors)',
  ],
  [
    'one wing of metrics that looks into the other',
    {
      'server/src/metrics/intake/index.ts': face('a'),
      'server/src/metrics/intake/a.ts': "export { b as a } from '../query/index.ts'\n",
      'server/src/metrics/query/index.ts': face('b'),
    },
    'packages/server/src/metrics/intake/a.ts:1: metrics/intake imports metrics/query on its own floor (floors)',
  ],
  [
    'an import past the face of a folder inside a part',
    {
      'server/src/http/pages/index.ts': face('page'),
      'server/src/http/serve.ts': "export { page as serve } from './pages/page.ts'\n",
    },
    'packages/server/src/http/serve.ts:1: http/pages/page.ts goes past the face http/pages/index.ts (faces)',
  ],
  [
    'the program of the engine host',
    { 'server/src/engine/start.ts': "import './host/main.ts'\n" },
    'packages/server/src/engine/start.ts:1: engine/host/main.ts is a program of its own; nobody imports it (engine host)',
  ],
  [
    'a folder without a floor',
    { 'server/src/utils/pad.ts': "import '../config/index.ts'\n" },
    'packages/server/src/utils/pad.ts:1: utils/pad.ts stands on no floor; name its folder in scripts/floors.mjs (floors)',
  ],
  [
    'a face with code',
    { 'server/src/config/index.ts': `${face('read')}const x = 1\n` },
    'packages/server/src/config/index.ts:3: a face holds only named re-exports (faces)',
  ],
  [
    'a face without a comment',
    { 'server/src/config/index.ts': "export { read } from './read.ts'\n" },
    'packages/server/src/config/index.ts:1: a face opens with a comment that says what the part is for (faces)',
  ],
  [
    'a Node module in the language',
    { 'promql/src/parse.ts': "import { readFileSync } from 'node:fs'\n" },
    'packages/promql/src/parse.ts:1: node:fs in a pure package (pure)',
  ],
  [
    'the server in the pages',
    { 'web/src/app.tsx': "import { x } from '@binnacle/server'\n" },
    'packages/web/src/app.tsx:1: web imports @binnacle/server; it may only import @binnacle/promql (packages)',
  ],
])('%s is named with its line and rule', ([, files, line]) => {
  expect(check({ ...house, ...files })).toEqual({ lines: [line], code: 1 })
})

test('tests, kits, comments and strings break no rule', () => {
  const free = "import '../http/serve.ts'\n"
  expect(
    check({
      ...house,
      'server/src/config/read.test.ts': free,
      'server/src/config/testkit/kit.ts': "import '../../http/serve.ts'\n",
      'server/src/config/read.ts':
        "// import '../http/serve.ts'\nexport const read = 'x' // \"import('../http/serve.ts')\"\n",
    }),
  ).toEqual({ lines: [], code: 0 })
})
