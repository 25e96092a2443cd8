import { readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { resolveIn } from '../../config/go-yaml/index.ts'
import { BinnacleError, type Place } from '../../config/index.ts'
import { findFiles, isPattern } from '../../metrics/intake/discovery/index.ts'
import type { LintFile } from '../../rules/lint/index.ts'
import type { CheckOptions } from './check-options.ts'
import { checkRules, nearMiss } from './check-rules.ts'
import type { CheckWarning } from './report.ts'

/** A path or pattern of rule files, where it stands in the file that names it. */
export type NamedFiles = { readonly pattern: string; readonly place: Place }

export type FollowedRules = {
  readonly errors: readonly BinnacleError[]
  readonly warnings: readonly CheckWarning[]
  /** Absolute, each once. */
  readonly paths: readonly string[]
  /** The files without errors. */
  readonly lint: readonly LintFile[]
  readonly rules: number
}

/**
 * Checks the rule files that a configuration names, relative to its folder. A pattern that matches nothing is a warning; a
 * path that is not there is an error where `mustExist` says so. `legacy`: names are looked at by the old validation too.
 */
export function followRules(
  file: string,
  named: readonly NamedFiles[],
  options: CheckOptions & { readonly setting: string; readonly mustExist: boolean; readonly legacy: boolean },
): FollowedRules {
  const { setting, mustExist, legacy, features, ignoreUnknownFields } = options
  const errors: BinnacleError[] = []
  const warnings: CheckWarning[] = []
  const paths: string[] = []
  const lint: LintFile[] = []
  let rules = 0
  for (const { pattern, place } of named) {
    const found = findFiles(resolveIn(resolve(dirname(file)), pattern))
    if (found.length === 0) {
      const hint = hintFor(file, pattern)
      if (mustExist && !isPattern(pattern)) {
        const message = `${setting}: there is no file "${pattern}"`
        const more = hint === undefined ? { place } : { place, hint }
        errors.push(new BinnacleError('config.unreadable', message, { ...more, kind: 'missing' }))
      } else {
        const message = `${setting}: no file matches "${pattern}", so that no rule of it is loaded`
        warnings.push({ place, message, hint })
      }
    }
    for (const path of found) {
      if (paths.includes(path)) continue
      paths.push(path)
      const shown = showFrom(file, path)
      const content = options.read(path, shown)
      if (content instanceof BinnacleError) {
        errors.push(content)
        continue
      }
      const one = checkRules(content, shown, { features, ignoreUnknownFields })
      errors.push(...one.errors)
      warnings.push(...one.warnings)
      if (legacy && one.errors.length === 0) {
        // Prometheus 3.5 looks at the scheme for scrapes only.
        const later = checkRules(content, shown, { features, ignoreUnknownFields, nameValidation: 'legacy' })
        const hint = 'metric_name_validation_scheme is legacy: later versions of Prometheus refuse this rule'
        for (const { message, place: at } of later.errors)
          warnings.push({ place: at ?? { file: shown }, message, hint })
      }
      rules += one.rules
      if (one.lint !== undefined) lint.push(one.lint)
    }
  }
  return { errors, warnings, paths, lint, rules }
}

function hintFor(file: string, pattern: string): string | undefined {
  const folder = resolveIn(resolve(dirname(file)), dirname(pattern))
  if (isPattern(folder)) return undefined
  let names: string[]
  try {
    names = readdirSync(folder).sort()
  } catch {
    return `there is no folder "${dirname(pattern)}"; paths count from the folder of ${file}`
  }
  const near = nearMiss(pattern, names)
  return near === undefined ? undefined : `there is "${join(dirname(pattern), near)}"`
}

/** Paths print as they would be written beside `file`. */
function showFrom(file: string, path: string): string {
  const near = relative(process.cwd(), path)
  return near.startsWith('..') || file.startsWith('/') ? path : near
}
