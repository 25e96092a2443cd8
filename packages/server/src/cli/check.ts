import type { Command } from 'commander'
import { BinnacleError, formatError } from '../config/index.ts'
import { systemClock } from '../telemetry/index.ts'
import type { CheckWarning, FileReport } from './check/index.ts'
import { readConfigFile } from './config-file.ts'
import { readFeatures } from './features.ts'

type CheckFlags = {
  syntaxOnly?: boolean
  strict?: boolean
  ignoreUnknownFields?: boolean
  enableFeature?: string
  json?: boolean
}

export function addCheck(program: Command): void {
  program
    .command('check')
    .description(
      'check configuration files (binnacle.yml, prometheus.yml with its rule files, rules, tests of rules, alertmanager.yml, templates) and print every finding with its place',
    )
    .argument('<file...>', 'files to check; what each is, is seen from its content')
    .option(
      '--syntax-only',
      'only what promtool and amtool would refuse or warn of, without the checks of docs/check.md',
    )
    .option('--strict', 'warnings make the exit code 1 too')
    .option('--ignore-unknown-fields', 'pass over keys in rule files that nobody knows')
    .option('--enable-feature <names>', 'experimental parts of PromQL, by Prometheus’s names with commas between them')
    .option('--json', 'print a list with errors and warnings of each file')
    .action(async (files: string[], flags: CheckFlags) => {
      // Loaded here and not above: it makes every other command slower.
      const { checkFiles } = await import('./check/index.ts')
      const texts = new Map<string, string | undefined>()
      const reports = await checkFiles(files, {
        read: (path, shown) => {
          const text = readText(path, shown)
          if (typeof text === 'string') texts.set(shown, text)
          return text
        },
        environment: process.env,
        nowMs: systemClock.now(),
        features: readFeatures(flags.enableFeature),
        ignoreUnknownFields: flags.ignoreUnknownFields === true,
        syntaxOnly: flags.syntaxOnly === true,
      })
      const { FILE_KINDS } = await import('./check/index.ts')
      if (flags.json === true) process.stdout.write(`${JSON.stringify(reports.map(toJson))}\n`)
      else for (const report of reports) process.stdout.write(formatReport(report, texts, FILE_KINDS))
      const bad = ({ errors, warnings }: FileReport) =>
        errors.length > 0 || (flags.strict === true && warnings.length > 0)
      if (reports.some(bad)) process.exitCode = 1
    })
}

/** One file for programs: `place` has file, line and column; `code` or `check` tells what kind of finding it is. */
function toJson({ file, kind, errors, warnings, content }: FileReport) {
  return {
    file,
    kind,
    content,
    errors: errors.map(({ code, message, place, hint }) => ({ code, message, place, hint })),
    warnings: warnings.map(({ check, message, place, hint }) => ({ check, message, place, hint })),
  }
}

/** All findings of one file, with the lines they stand in, and its verdict. */
export function formatReport(
  { file, kind, errors, warnings, content }: FileReport,
  texts: Map<string, string | undefined>,
  kinds: Readonly<Record<string, string>>,
): string {
  // Findings may be in files that the checked one names: each is shown with its own line.
  const sourceOf = (name: string | undefined) => {
    if (name === undefined) return undefined
    if (!texts.has(name)) {
      const other = readText(name, name)
      texts.set(name, typeof other === 'string' ? other : undefined)
    }
    return texts.get(name)
  }
  const lines = errors.map((error) => `error: ${formatError(error, sourceOf(error.place?.file))}`)
  for (const warning of warnings) lines.push(`warning: ${formatWarning(warning, sourceOf(warning.place.file))}`)
  const title = kind === undefined ? file : `${file} (${kinds[kind]})`
  const verdict =
    errors.length === 0 && warnings.length === 0
      ? `OK${content === undefined ? '' : `, ${content}`}`
      : [count(errors.length, 'error'), count(warnings.length, 'warning')].filter((part) => part !== '').join(', ')
  return [...lines, `${title}: ${verdict}`].map((line) => `${line}\n`).join('')
}

function readText(path: string, shown: string): string | BinnacleError {
  try {
    return readConfigFile(path, shown)
  } catch (error) {
    if (error instanceof BinnacleError) return error
    throw error
  }
}

function formatWarning({ place, message, hint, check }: CheckWarning, source: string | undefined): string {
  // The same picture as an error: place, message, the line with a caret; the name is that of the check, if one found it.
  const text = formatError(
    new BinnacleError(check ?? '', message, hint === undefined ? { place } : { place, hint }),
    source,
  )
  return check === undefined ? text.replace(' ()', '') : text
}

function count(n: number, word: string): string {
  return n === 0 ? '' : `${n} ${word}${n === 1 ? '' : 's'}`
}
