import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import type { HeartbeatOptions } from '../alerting/index.ts'
import type { HostOptionsInput } from '../collectors/index.ts'
import { BinnacleError, messageOf, Secret } from '../config/index.ts'
import type { Settings } from '../config/settings/index.ts'
import type { EngineOptions } from '../engine/index.ts'

const MIB = 1024 * 1024

/** What this process may use: the machine's memory, or the container's limit where that is less. */
export function memoryLimit(): number {
  const constrained = process.constrainedMemory()
  const machine = totalmem()
  return constrained > 0 && constrained < machine ? constrained : machine
}

/** `head.max_bytes`: the larger of 64 MiB and 5 % of the memory, unless it is set. */
export function headBytesOf(settings: Settings): number {
  return settings.head.max_bytes ?? Math.max(64 * MIB, Math.floor(memoryLimit() * 0.05))
}

/** `query.max_samples`: what 5 % of the memory holds at 16 bytes a sample, unless it is set. */
export function maxSamplesOf(settings: Settings): number {
  return settings.query.max_samples ?? Math.min(50_000_000, Math.floor((memoryLimit() * 0.05) / 16))
}

/** Threads for heavy queries: one a core, since the watch is idle nearly all the time. */
export function workersOf(settings: Settings, cores: number): number {
  return settings.query.workers ?? Math.max(1, Math.min(4, cores))
}

export function engineOptionsOf({ data_dir, engine }: Settings): EngineOptions {
  const memory = engine.max_memory === undefined ? {} : { maxHostBytes: engine.max_memory }
  if (engine.url === undefined) return { dataDir: data_dir, ...memory }
  const password = engine.password?.reveal() ?? readSetting(engine.password_file, 'engine.password_file')?.trim()
  const { tls } = engine
  const ca = readSetting(tls.ca_file, 'engine.tls.ca_file')
  const cert = readSetting(tls.cert_file, 'engine.tls.cert_file')
  const key = readSetting(tls.key_file, 'engine.tls.key_file')
  return {
    dataDir: data_dir,
    ...memory,
    remote: {
      kind: 'url',
      url: engine.url,
      user: engine.user,
      database: engine.database,
      ...(password === undefined ? {} : { password }),
      tls: {
        insecureSkipVerify: tls.insecure_skip_verify,
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        ...(tls.server_name === undefined ? {} : { serverName: tls.server_name }),
      },
    },
  }
}

function readSetting(file: string | undefined, setting: string): string | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new BinnacleError('config.unreadable', `${setting}: cannot read ${file}: ${messageOf(error)}`, {
      hint: 'check the path and who may read it',
    })
  }
}

/** Undefined while no address is set. Throws for a file that cannot be read or holds no address. */
export function heartbeatOf({ heartbeat }: Settings): HeartbeatOptions | undefined {
  const url = heartbeat.url ?? heartbeatUrlOf(heartbeat.url_file)
  return url === undefined ? undefined : { url, intervalMs: heartbeat.interval, timeoutMs: heartbeat.timeout }
}

function heartbeatUrlOf(file: string | undefined): Secret | undefined {
  const text = readSetting(file, 'heartbeat.url_file')?.trim()
  if (text === undefined) return undefined
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new Secret(text)
  throw new BinnacleError('config.invalid_value', `heartbeat.url_file: ${file} holds no http:// or https:// address`)
}

export function alertIntakeTokenOf({ alert_intake: { token, token_file } }: Settings): Secret | undefined {
  if (token !== undefined) return token
  const text = readSetting(token_file, 'alert_intake.token_file')?.trim()
  if (text === '') throw new BinnacleError('config.invalid_value', `alert_intake.token_file: ${token_file} is empty`)
  return text === undefined ? undefined : new Secret(text)
}

/** Settings of the host collector; what is not set keeps the collector's own default. */
export function hostOptionsOf(settings: Settings): HostOptionsInput {
  const given = settings.collectors.host
  const { procfs, sysfs, rootfs, udev_data, timeout, families } = given
  return {
    procfs,
    sysfs,
    rootfs,
    udev_data,
    timeout_ms: timeout,
    families,
    textfile: given.textfile,
    arp: withoutAbsent(given.arp),
    diskstats: withoutAbsent(given.diskstats),
    filesystem: withoutAbsent(given.filesystem),
    hwmon: withoutAbsent(given.hwmon),
    netclass: withoutAbsent(given.netclass),
    netdev: withoutAbsent(given.netdev),
    netstat: withoutAbsent(given.netstat),
    powersupplyclass: withoutAbsent(given.powersupplyclass),
    tapestats: withoutAbsent(given.tapestats),
    vmstat: withoutAbsent(given.vmstat),
  }
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function withoutAbsent<T extends object>(section: T): Present<T> {
  return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== undefined)) as Present<T>
}
