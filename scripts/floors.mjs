// The check of floors, faces and circles (design.md, "The house"): `node scripts/floors.mjs [root of a clone]`.
// Prints `file:line: what (rule)` for every violation and ends with 1 when there is one. A scanner, no compiler: it takes
// comments out and reads `import`, `export ... from`, `import()`; type imports count, since they tie parts together too.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findCircles } from './circles.mjs'

/** Bottom first. Names on one line do not import each other. A name with a slash is a wing with a face of its own. */
const floors = [
  ['config'],
  ['config/go-yaml', 'config/settings'],
  ['telemetry'],
  ['engine'],
  ['state'],
  ['metrics/store'],
  ['metrics/intake', 'metrics/query'],
  ['logs', 'traces', 'errors'],
  ['collectors'],
  ['rules/rule-file'],
  ['rules/lint'],
  ['rules'],
  ['rules/rule-test'],
  ['alerting'],
  ['slo', 'uptime', 'incidents', 'compliance', 'dashboards', 'doctor', 'drill'],
  ['http'],
  ['composition'],
  ['binnacle.ts'],
  ['cli'],
]
const parts = floors.flatMap((names, floor) => names.map((name) => ({ name, floor })))

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)))
const violations = []
/** Whom each file imports, tests and their kits aside. */
const imports = new Map()

for (const name of ['promql', 'gotemplate', 'server', 'web', 'node']) {
  const src = join(root, 'packages', name, 'src')
  if (!existsSync(src)) continue
  for (const file of sourceFiles(src)) checkFile(name, src, file)
}
// An import from a floor above makes circles too: it is told as that alone.
for (const [file, ...others] of violations.length === 0 ? findCircles(imports) : []) {
  const names = others.map((other) => relative(dirname(file), other).split(sep).join('/'))
  violations.push({ file, line: 1, what: `imports itself by way of ${names.join(', ')}`, rule: 'circles' })
}
for (const { file, line, what, rule } of violations) {
  console.log(`${relative(root, file).split(sep).join('/')}:${line}: ${what} (${rule})`)
}
process.exitCode = violations.length > 0 ? 1 : 0

function* sourceFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (entry.name !== 'testdata') yield* sourceFiles(path)
    } else if (/\.tsx?$/.test(entry.name)) yield path
  }
}

function checkFile(packageName, src, file) {
  const text = readFileSync(file, 'utf8')
  const code = withoutComments(text)
  const report = (at, what, rule) => violations.push({ file, line: code.slice(0, at).split('\n').length, what, rule })
  // Tests and their kits look inside the parts that they test and build on any floor, but stay in their package.
  const free = /\.test\.tsx?$/.test(file) || relative(src, file).split(sep).includes('testkit')
  const mine = []
  if (!free) imports.set(file, mine)
  for (const { at, target } of importsOf(code)) {
    if (target.startsWith('.')) {
      const to = resolve(dirname(file), target)
      mine.push(to)
      if (!to.startsWith(src + sep)) {
        if (!free && !target.endsWith('.json')) report(at, `${target} leaves the package`, 'packages')
      } else if (!free) checkRelative(packageName, src, file, to, (what, rule) => report(at, what, rule))
    } else if (!free) checkPackage(packageName, target, (what, rule) => report(at, what, rule))
  }
  if (/(^|[\\/])index\.ts$/.test(file) && dirname(file) !== src) checkFace(text, code, report)
}

function checkPackage(packageName, target, report) {
  const own = /^(@binnacle\/[^/]+)(\/.*)?$/.exec(target)
  if (own?.[2] !== undefined) report(`${target} goes past the face of ${own[1]}`, 'faces')
  if (packageName === 'promql' || packageName === 'gotemplate') {
    if (target.startsWith('node:') || builtinModules.includes(target)) report(`${target} in a pure package`, 'pure')
    if (own) report(`${packageName} imports ${target}`, 'packages')
  } else if (packageName === 'web') {
    if (own && own[1] !== '@binnacle/promql')
      report(`web imports ${target}; it may only import @binnacle/promql`, 'packages')
  } else if (packageName === 'server' && (own?.[1] === '@binnacle/server' || own?.[1] === '@binnacle/web')) {
    report(`server imports ${target}`, 'packages')
  }
}

function checkRelative(packageName, src, file, to, report) {
  const from = relative(src, file).split(sep).join('/')
  const target = relative(src, to).split(sep).join('/')
  if (packageName === 'server') {
    if (target === 'engine/host/main.ts') report(`${target} is a program of its own; nobody imports it`, 'engine host')
    const mine = partOf(from)
    const theirs = partOf(target)
    if (mine === undefined) report(`${from} stands on no floor; name its folder in scripts/floors.mjs`, 'floors')
    else if (theirs === undefined)
      report(`${target} stands on no floor; name its folder in scripts/floors.mjs`, 'floors')
    else if (mine !== theirs) {
      if (theirs.floor > mine.floor) report(`${mine.name} imports ${theirs.name} from a floor above`, 'floors')
      else if (theirs.floor === mine.floor) report(`${mine.name} imports ${theirs.name} on its own floor`, 'floors')
    }
  } else if (packageName === 'web') {
    if (from.startsWith('ui/') && target.startsWith('features/')) report(`ui imports ${target}`, 'floors')
    // The router takes single files of a feature, so that its pages load when they are opened.
    if (!from.startsWith('features/') || !target.startsWith('features/')) return
  }
  // A folder that the importing file is not in is entered by its face; one without index.ts is only order, not a part,
  // and a wing (config/settings) is entered past the face of the folder around it.
  const wing = packageName === 'server' ? partOf(target)?.name : undefined
  for (const folder of folderEntered(from, target)) {
    if (wing?.startsWith(`${folder}/`)) continue
    const face = `${folder}/index.ts`
    if (target === face) return
    if (existsSync(join(src, face))) return report(`${target} goes past the face ${face}`, 'faces')
  }
}

/** Folders that hold the target and not the importing file, outermost first. */
function folderEntered(from, target) {
  const result = []
  const steps = target.split('/').slice(0, -1)
  for (let n = 1; n <= steps.length; n++) {
    const folder = steps.slice(0, n).join('/')
    if (!from.startsWith(`${folder}/`)) result.push(folder)
  }
  return result
}

function partOf(path) {
  return parts
    .filter(({ name }) => path === name || path.startsWith(`${name}/`))
    .sort((a, b) => b.name.length - a.name.length)[0]
}

/** A face opens with a comment and holds nothing but named re-exports. */
function checkFace(text, code, report) {
  if (!/^\s*(\/\/|\/\*)/.test(text)) report(0, 'a face opens with a comment that says what the part is for', 'faces')
  const rest = code.replace(/export\s+(?:type\s+)?\{[^}]*\}\s*from\s*(['"])[^'"\n]+\1\s*;?/g, (all) =>
    all.replace(/[^\n]/g, ' '),
  )
  const at = rest.search(/\S/)
  if (at >= 0) report(at, 'a face holds only named re-exports', 'faces')
}

/** Import targets with the place of the statement. `code` has no comments. */
function* importsOf(code) {
  const statements = [
    /(?:^|[;\n}])\s*(?:import|export)\s+(?:type\s+)?(?:[\w$*\s{},]+?\s+from\s*)(['"])([^'"\n]+)\1/g,
    /(?:^|[;\n}])\s*import\s*(['"])([^'"\n]+)\1/g,
    /\bimport\s*\(\s*(['"])([^'"\n]+)\1/g,
  ]
  for (const pattern of statements) {
    for (const match of code.matchAll(pattern)) {
      const target = match[2]
      yield { at: match.index + match[0].search(/import|export/), target }
    }
  }
}

/** The text with comments blanked, at the same places. Strings and templates are stepped over, so that `//` in them stays. */
function withoutComments(text) {
  const pattern = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g
  return text.replace(pattern, (token) => (/^\/[/*]/.test(token) ? token.replace(/[^\n]/g, ' ') : token))
}
