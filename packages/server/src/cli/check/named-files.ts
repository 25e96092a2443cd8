import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { resolveIn } from '../../config/go-yaml/index.ts'
import {
  BinnacleError,
  ConfigErrors,
  messageOf,
  valueAt,
  type YamlDocument,
  type YamlPath,
} from '../../config/index.ts'
import { findFiles, readTargetFile } from '../../metrics/intake/discovery/index.ts'
import type { CheckWarning } from './report.ts'

/**
 * Files beside rules that a prometheus.yml names and that promtool looks for: credentials, client certificates, and targets,
 * which are read. Other files (`ca_file`, passwords) it leaves to the run, and so do we.
 */
export function checkNamedFiles(
  file: string,
  document: YamlDocument,
): { readonly errors: readonly BinnacleError[]; readonly warnings: readonly CheckWarning[] } {
  const errors: BinnacleError[] = []
  const warnings: CheckWarning[] = []
  const folder = resolve(dirname(file))
  const at = (path: YamlPath) => valueAt(document, path)
  const entries = (path: YamlPath): YamlPath[] => {
    const list = at(path)
    return Array.isArray(list) ? list.map((_, i) => [...path, i]) : []
  }
  const mustExist = (path: YamlPath) => {
    const name = at(path)
    if (typeof name !== 'string' || name === '' || isThere(resolveIn(folder, name))) return
    const message = `${String(path.at(-1))}: there is no file "${name}"`
    errors.push(new BinnacleError('config.unreadable', message, { kind: 'missing', place: document.placeOf(path) }))
  }
  const mustHaveCertificate = (path: YamlPath) => {
    mustExist([...path, 'tls_config', 'cert_file'])
    mustExist([...path, 'tls_config', 'key_file'])
  }
  /** `isPlain`: addresses are taken as they stand in the file. */
  const readTargets = (path: YamlPath, isPlain: boolean) => {
    for (const one of entries([...path, 'file_sd_configs']).flatMap((config) => entries([...config, 'files']))) {
      const pattern = at(one)
      if (typeof pattern !== 'string') continue
      const found = findFiles(resolveIn(folder, pattern))
      if (found.length === 0) {
        warnings.push({ place: document.placeOf(one), message: `file_sd_configs: no file matches "${pattern}"` })
      }
      for (const name of found) errors.push(...targetErrors(name, isPlain))
    }
  }
  for (const job of entries(['scrape_configs'])) {
    mustExist([...job, 'authorization', 'credentials_file'])
    mustExist([...job, 'bearer_token_file'])
    mustHaveCertificate(job)
    for (const one of entries([...job, 'kubernetes_sd_configs'])) mustHaveCertificate(one)
    readTargets(job, at([...job, 'relabel_configs']) == null)
  }
  for (const entry of entries(['alerting', 'alertmanagers'])) {
    readTargets(entry, at([...entry, 'relabel_configs']) == null)
  }
  return { errors, warnings }
}

function isThere(path: string): boolean {
  try {
    statSync(path)
    return true
  } catch {
    return false
  }
}

function targetErrors(file: string, isPlain: boolean): readonly BinnacleError[] {
  try {
    const addresses = readTargetFile(file).flatMap(({ targets }) => targets.map(({ __address__ = '' }) => __address__))
    const odd = isPlain ? addresses.find((address) => address.includes('/')) : undefined
    if (odd === undefined) return []
    return [new BinnacleError('config.invalid_value', `"${odd}" is not a valid hostname`, { place: { file } })]
  } catch (error) {
    if (error instanceof BinnacleError) return [error]
    if (error instanceof ConfigErrors) return error.errors
    return [new BinnacleError('discovery.file_unreadable', messageOf(error), { place: { file }, cause: error })]
  }
}
