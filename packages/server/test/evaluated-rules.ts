import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBinnacle } from './start-binnacle.ts'
import { startPrometheus } from './start-prometheus.ts'

/** `FILE GROUP INDEX NAME`, and what the last evaluation said: `ok`, or its error. */
export type Evaluated = ReadonlyMap<string, string>

/**
 * Evaluates rule files (names and texts) in the real Prometheus and in Binnacle, over `target` (`host:port`) or over
 * nothing at all, until each rule has been evaluated a few times in both. Intervals of groups are made short, so that nobody has to
 * wait for the first evaluation.
 */
export async function evaluateInBoth(
  files: ReadonlyMap<string, string>,
  target: string | undefined,
  waitMs: number,
): Promise<{ readonly theirs: Evaluated; readonly ours: Evaluated }> {
  const folder = mkdtempSync(join(tmpdir(), 'rules-in-both-'))
  try {
    for (const [name, text] of files) {
      writeFileSync(join(folder, name), text.replace(/^(\s+(?:- )?interval:).*$/gm, '$1 5s'))
    }
    const jobs =
      target === undefined ? '' : `scrape_configs: [{job_name: node, static_configs: [{targets: ["${target}"]}]}]\n`
    const prometheusConfig = `global: {scrape_interval: 1s, evaluation_interval: 5s}\nrule_files: ["${folder}/*"]\n${jobs}`
    await using judge = await startPrometheus({ config: prometheusConfig })
    await using binnacle = await startBinnacle({
      prometheusConfig,
      config: 'collectors: {host: {enabled: false}, process: {enabled: false}}\n',
      timeoutMs: 120_000,
    })
    // Behind the first evaluations, which find no rate yet.
    if (target !== undefined) await new Promise((done) => setTimeout(done, 15_000))
    const [theirs, ours] = await Promise.all(
      [judge.url, binnacle.url].map((url) => evaluatedRules(url, folder, waitMs)),
    )
    return { theirs: theirs!, ours: ours! }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

type Answer = {
  data: { groups: { file: string; name: string; rules: { name: string; health: string; lastError?: string }[] }[] }
}

async function evaluatedRules(url: string, folder: string, waitMs: number): Promise<Evaluated> {
  for (const end = Date.now() + waitMs; ; ) {
    const { data } = (await (await fetch(`${url}/api/v1/rules?exclude_alerts=true`)).json()) as Answer
    const found = new Map<string, string>()
    for (const { file, name, rules } of data.groups) {
      for (const [i, rule] of rules.entries()) {
        // Which of several series is named is chance.
        const error = (rule.lastError ?? '').replace(/\[?\{.*\}\]?/s, '[...]')
        found.set(`${file.slice(folder.length + 1)} ${name} ${i} ${rule.name}`, error || rule.health)
      }
    }
    const left = [...found].filter(([, health]) => health === 'unknown')
    if (left.length === 0) return found
    if (Date.now() > end) throw new Error(`${left.length} rules were not evaluated, such as ${left[0]![0]} (${url})`)
    await new Promise((done) => setTimeout(done, 500))
  }
}
