import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const judges = join(process.env.JUDGES_DIR ?? '', 'root/usr')
const bin = (name: string) => join(judges, 'bin', name)

/**
 * Debian's build reads its default templates from /usr/share/prometheus. Where they are not installed, it runs in a mount
 * namespace of its own in which the judges' files lie over /usr/share.
 */
function command(name: string, args: readonly string[]): readonly [file: string, args: readonly string[]] {
  if (existsSync('/usr/share/prometheus/alertmanager/default.tmpl')) return [bin(name), args]
  const mount = 'mount -t overlay overlay -o "lowerdir=$0/share:/usr/share" /usr/share && exec "$@"'
  return ['unshare', ['--mount', '--map-root-user', 'sh', '-c', mount, judges, bin(name), ...args]]
}

/** Empty when the real Alertmanager and amtool are there; else why the tests beside them are skipped. */
export const alertmanagerMissing =
  existsSync(bin('prometheus-alertmanager')) && existsSync(bin('amtool'))
    ? ''
    : ' (skipped: alertmanager is missing, set JUDGES_DIR)'

export type RunningAlertmanager = AsyncDisposable & {
  readonly url: string
  readonly pid: number
  /** Its configuration: to be changed before a reload. */
  readonly file: string
}

const DEFAULT_CONFIG = 'route: {receiver: none}\nreceivers: [{name: none}]\n'

/** Starts the real Alertmanager of JUDGES_DIR on a free port, in a folder of its own; resolves once it is ready. */
export async function startAlertmanager(
  options: { readonly config?: string; readonly args?: readonly string[] } = {},
): Promise<RunningAlertmanager> {
  const folder = mkdtempSync(join(tmpdir(), 'binnacle-judge-'))
  const file = join(folder, 'alertmanager.yml')
  writeFileSync(file, options.config ?? DEFAULT_CONFIG)
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  const url = `http://127.0.0.1:${port}`
  const [program, args] = command('prometheus-alertmanager', [
    `--config.file=${file}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
    ...(options.args ?? []),
  ])
  const judge = spawn(program, args, { stdio: 'ignore' })
  const gone = once(judge, 'exit')
  for (let i = 0; ; i++) {
    const ready = await fetch(`${url}/-/ready`).catch(() => undefined)
    if (ready?.ok) break
    if (i === 300 || judge.exitCode !== null) throw new Error('Alertmanager does not get ready')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return {
    url,
    pid: judge.pid!,
    file,
    async [Symbol.asyncDispose]() {
      judge.kill('SIGKILL')
      await gone
      rmSync(folder, { recursive: true })
    },
  }
}

export type AmtoolResult = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** Runs the real amtool of JUDGES_DIR to its end. */
export function amtool(args: readonly string[], options: { readonly cwd?: string } = {}): Promise<AmtoolResult> {
  return new Promise((resolve, reject) => {
    const settings = { maxBuffer: 64 * 1024 * 1024, ...(options.cwd === undefined ? {} : { cwd: options.cwd }) }
    const [program, all] = command('amtool', args)
    execFile(program, all, settings, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error)
      else resolve({ code: Number(error?.code ?? 0), stdout, stderr })
    })
  })
}
