import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { checkAlertmanagerConfig } from '../src/alerting/index.ts'
import { amtool } from '../src/alerting/testkit/start-alertmanager.ts'
import { checkPrometheus } from '../src/cli/check/check-prometheus.ts'
import { BinnacleError } from '../src/config/index.ts'
import { checkRuleFile } from '../src/rules/rule-file/index.ts'

// Configurations of others, held against the tools that they were written for.

/** Text of a file, unpacked where its name ends in `.gz`. */
export function readPacked(path: string): string {
  const bytes = readFileSync(path)
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

/** All files below a folder whose path matches, sorted. */
export function filesBelow(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => pattern.test(path) && statSync(path).isFile())
    .sort()
}

/** Fenced blocks of a page, without their indentation; those that say another language than YAML are left out. */
export function fencedBlocks(markdown: string): string[] {
  return [...markdown.matchAll(/^([ \t]*)```[ \t]*(\w*)[^\n]*\n(.*?)^[ \t]*```[ \t]*$/gms)]
    .filter(([, , language = '']) => /^(ya?ml)?$/i.test(language))
    .map(([, indent = '', , body = '']) => body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''))
}

/** Rules of a PrometheusRule of the Prometheus operator as a rule file; any other text as it is. */
export function ruleFileText(text: string): string {
  if (!/^kind: PrometheusRule$/m.test(text)) return text
  const spec = /^spec:\n((?: .*\n|\n)*)/m.exec(`${text}\n`)?.[1] ?? ''
  return spec.replaceAll(/^ {2}/gm, '')
}

export type Reader = 'rules' | 'config' | 'alertmanager'

/** Whether promtool (amtool) takes each file: all are given in one call. */
export async function judgeVerdicts(reader: Reader, files: readonly string[]): Promise<Map<string, boolean>> {
  const out = reader === 'alertmanager' ? await amtoolOutput(files) : await promtoolOutput(reader, files)
  const verdicts = new Map<string, boolean>()
  const pieces = out.split(/^Checking '?(.+?)'?(?: +(?=SUCCESS|FAILED)|$)/m)
  for (let i = 1; i < pieces.length; i += 2) {
    const said = pieces[i + 1]!
    // A configuration's rule files are told behind it.
    const file = pieces[i]!
    if (!files.includes(file)) continue
    verdicts.set(file, !/FAILED/.test(said))
  }
  return verdicts
}

function promtoolOutput(reader: Reader, files: readonly string[]): Promise<string> {
  const promtool = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin/promtool')
  return new Promise((resolve) => {
    // Two streams of one process: each kept in its order by a pipe of the shell.
    execFile(
      'sh',
      // A finding of its lint is printed as a failure, and is none by its exit code.
      ['-c', '"$0" check "$@" 2>&1', promtool, reader, '--lint=none', ...files],
      { maxBuffer: 64 * 1024 * 1024, timeout: 120_000 },
      (_, out) => resolve(out),
    )
  })
}

async function amtoolOutput(files: readonly string[]): Promise<string> {
  const { stdout, stderr } = await amtool(['check-config', ...files])
  return `${stdout}\n${stderr}`
}

/** What we find wrong with a text, as `binnacle check` reads it. */
export function ourErrors(reader: Reader, text: string, file: string): readonly string[] {
  const told = (errors: readonly BinnacleError[]) =>
    errors.map(({ message, place }) => `${place?.line}:${place?.column} ${message}`)
  switch (reader) {
    case 'rules':
      return told(checkRuleFile(text, file).errors)
    case 'alertmanager':
      return told(checkAlertmanagerConfig(text, file, { environment: {} }).errors)
    case 'config':
      return told(
        checkPrometheus(text, file, {
          read: (path) => {
            try {
              return readFileSync(path, 'utf8')
            } catch {
              return new BinnacleError('config.unreadable', `cannot read ${path}`)
            }
          },
          environment: {},
          nowMs: 0,
          features: new Set(),
          ignoreUnknownFields: false,
          syntaxOnly: true,
        }).report.errors,
      )
  }
}

/** A name for a copy of a file, of its folders and itself. */
export const flatName = (path: string, root: string): string =>
  path
    .slice(root.length)
    .replace(/^\/+/, '')
    .replaceAll(/[^\w.-]+/g, '_')
