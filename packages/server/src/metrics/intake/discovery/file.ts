import { type FSWatcher, readFileSync, statSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { BinnacleError, ConfigErrors, checkSchema, messageOf, parseYaml } from '../../../config/index.ts'
import type { Clock, Logger } from '../../../telemetry/index.ts'
import type { Discoverer } from './discoverer.ts'
import { findFiles } from './glob.ts'
import { type TargetGroup, targetGroupSchema } from './target-group.ts'

export type FileDiscoveryOptions = {
  /** Absolute paths or patterns; they end in json, yml or yaml. */
  readonly files: readonly string[]
  /** Files are read again after this time even when no change was seen (watching does not work on all file systems). */
  readonly refreshIntervalMs: number
}

/** What a timer can wait for at most. */
const MAX_REFRESH_MS = 2 ** 31 - 1
const MAX_FILE_BYTES = 32 * 1024 * 1024
/** Writers often write a file in several steps: what comes within this time is read once. */
const SETTLE_MS = 100

/**
 * Targets from files, read again when they change. A file that cannot be read or is wrong keeps its last good groups
 * and is reported; a file that is gone gives up its targets. Each group gets `__meta_filepath`.
 * Source: prometheus.io "Configuration", `<file_sd_config>`.
 */
export function createFileDiscoverer(
  deps: { readonly clock: Clock; readonly log: Logger },
  options: FileDiscoveryOptions,
): Discoverer {
  const known = new Map<string, readonly TargetGroup[]>()
  const problems = new Map<string, BinnacleError>()
  const watchers = new Map<string, FSWatcher>()
  let emit: (groups: readonly TargetGroup[]) => void = () => {}
  let following: AbortSignal | undefined
  let stopped = true
  let cancelRefresh = () => {}
  let cancelSettle: (() => void) | undefined

  function refresh(): void {
    if (stopped) return
    cancelRefresh()
    const files = new Set(options.files.flatMap((pattern) => findFiles(pattern)))
    const changed: TargetGroup[] = []
    for (const file of files) {
      try {
        const groups = readTargetFile(file)
        const before = known.get(file) ?? []
        known.set(file, groups)
        problems.delete(file)
        changed.push(...groups)
        for (const old of before.slice(groups.length)) changed.push({ source: old.source, targets: [], labels: {} })
      } catch (error) {
        const problem = toProblem(error, file)
        if (problems.get(file)?.message !== problem.message) {
          deps.log.warn({ file, error: problem }, 'discovery file is wrong, its last good targets stay')
        }
        problems.set(file, problem)
      }
    }
    for (const [file, groups] of known) {
      if (files.has(file)) continue
      known.delete(file)
      problems.delete(file)
      for (const old of groups) changed.push({ source: old.source, targets: [], labels: {} })
    }
    for (const file of problems.keys()) if (!files.has(file)) problems.delete(file)
    watchDirectories()
    cancelRefresh = deps.clock.after(Math.min(options.refreshIntervalMs, MAX_REFRESH_MS), refresh)
    emit(changed)
  }

  // Directories are watched, not files: editors and ConfigMaps replace files instead of writing into them.
  function watchDirectories(): void {
    const wanted = new Set(options.files.map((file) => dirname(file)))
    for (const directory of wanted) {
      if (watchers.has(directory)) continue
      try {
        const watcher = watch(directory, { persistent: false }, () => {
          cancelSettle ??= deps.clock.after(SETTLE_MS, () => {
            cancelSettle = undefined
            refresh()
          })
        })
        watcher.on('error', () => {
          watcher.close()
          watchers.delete(directory)
        })
        watchers.set(directory, watcher)
      } catch {
        // The directory does not exist (yet), or watches ran out: the refresh interval finds it.
      }
    }
  }

  function stop(): void {
    stopped = true
    following?.removeEventListener('abort', stop)
    cancelRefresh()
    cancelSettle?.()
    for (const watcher of watchers.values()) watcher.close()
    watchers.clear()
  }

  return {
    start(signal, onGroups) {
      emit = onGroups
      stopped = signal.aborted
      following = signal
      signal.addEventListener('abort', stop, { once: true })
      refresh()
    },
    stop,
    problems: () => [...problems.values()],
  }
}

/** Reads one discovery file. Throws `BinnacleError` or `ConfigErrors` with places. */
export function readTargetFile(file: string): TargetGroup[] {
  const size = statSync(file).size
  if (size > MAX_FILE_BYTES) {
    throw new BinnacleError('discovery.file_too_big', `the file has ${size} bytes, more than ${MAX_FILE_BYTES}`, {
      kind: 'limit',
      place: { file },
    })
  }
  // JSON is YAML: one reader gives both their places.
  const document = parseYaml(readFileSync(file, 'utf8'), file, { scalars: 'text' })
  if (document.value === null) return []
  const { value, errors } = checkSchema(document, targetGroupSchema.array())
  if (!value) throw new ConfigErrors(errors)
  return value.map((group, i) => ({
    source: `${file}:${i}`,
    targets: group.targets,
    labels: { ...group.labels, __meta_filepath: file },
  }))
}

function toProblem(error: unknown, file: string): BinnacleError {
  if (error instanceof BinnacleError) return error
  if (error instanceof ConfigErrors && error.errors[0]) return error.errors[0]
  return new BinnacleError('discovery.file_unreadable', messageOf(error), { place: { file }, cause: error })
}
