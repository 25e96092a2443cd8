import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { BinnacleError } from '../../config/index.ts'
import type { DoctorReport } from '../../doctor/index.ts'
import { systemClock } from '../../telemetry/index.ts'
import { readConfigFile } from '../config-file.ts'
import { readFeatures } from '../features.ts'
import { connect, DEFAULT_URL } from '../instance.ts'
import { formatDoctorReport } from './format.ts'

type Flags = { metrics?: Given[]; url: string; json?: boolean; all?: boolean; enableFeature?: string }
type Given = { readonly job: string | undefined; readonly file: string }

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'can each alert fire, and does each route get one? Of a running Binnacle, or with --metrics of files alone',
    )
    .argument('[file...]', 'with --metrics: rule files, prometheus.yml, alertmanager.yml, templates')
    .option('--metrics <[job=]file>', 'what a target exposes, as text; once for each page', collect)
    .option('--url <url>', 'address of the running Binnacle', DEFAULT_URL)
    .option('--all', 'list the rules that can fire too, and notes')
    .option('--enable-feature <names>', 'experimental parts of PromQL, by Prometheus’s names with commas between them')
    .option('--json', 'print the whole report as JSON')
    .action(async (files: string[], flags: Flags) => {
      const { report, sources } = flags.metrics === undefined ? await ask(files, flags) : await offline(files, flags)
      if (flags.json === true) process.stdout.write(`${JSON.stringify(report)}\n`)
      else process.stdout.write(formatDoctorReport(report, { all: flags.all === true, sources }))
      if (report.findings > 0) process.exitCode = 1
    })
}

function collect(text: string, before: Given[] | undefined): Given[] {
  const at = text.indexOf('=')
  const job = at < 0 ? undefined : text.slice(0, at)
  const file = text.slice(at + 1)
  if (file === '' || job === '') throw new InvalidArgumentError('expected FILE or JOB=FILE')
  return [...(before ?? []), { job, file }]
}

type Outcome = { readonly report: DoctorReport; readonly sources: ReadonlyMap<string, string> }

async function ask(files: readonly string[], { url }: Flags): Promise<Outcome> {
  if (files.length > 0) {
    throw new BinnacleError('config.bad_flag', 'doctor: files are looked at together with --metrics only', {
      hint: 'without files the running Binnacle is asked; to check files alone use "binnacle check"',
    })
  }
  const report = (await connect(url).page('/api/app/doctor/run', { body: {} })) as DoctorReport
  return { report, sources: new Map() }
}

async function offline(files: readonly string[], { metrics = [], enableFeature }: Flags): Promise<Outcome> {
  if (files.length === 0) {
    throw new BinnacleError('config.bad_flag', 'doctor: no file is given with --metrics', {
      hint: 'name rule files, or the prometheus.yml that names them; an alertmanager.yml too, to have its routes looked at',
    })
  }
  const { diagnoseFiles } = await import('./offline.ts')
  const sources = new Map<string, string>()
  const report = await diagnoseFiles(files, {
    pages: metrics.map(({ job, file }) => ({ job, file, body: readPage(file) })),
    read(path, shown) {
      const text = readConfigFile(path, shown)
      sources.set(shown, text)
      return text
    },
    environment: process.env,
    features: readFeatures(enableFeature),
    clock: systemClock,
  })
  return { report, sources }
}

function readPage(file: string): Buffer {
  // For its words where the file cannot be read.
  readConfigFile(file, file)
  return readFileSync(file)
}
