import { alertmanagerDefaults, alertmanagerFunctions, parseTemplates, TemplateError } from '@binnacle/gotemplate'
import type { CheckedAlertmanagerConfig } from '../../alerting/index.ts'
import { BinnacleError } from '../../config/index.ts'
import { findFiles, isPattern } from '../../metrics/intake/discovery/index.ts'
import { defaultsBeside } from './alerting-defaults.ts'
import type { CheckOptions } from './check-options.ts'
import { type CheckWarning, count, type FileReport } from './report.ts'

export type TemplateText = { readonly path: string; readonly text: string }

/** alertmanager.yml with the template files that it names, as `amtool check-config` reads them. */
export async function checkAlertmanager(
  text: string,
  file: string,
  options: CheckOptions,
): Promise<{
  readonly report: FileReport
  readonly checked: CheckedAlertmanagerConfig
  /** Template files that can be parsed. */
  readonly templates: readonly TemplateText[]
}> {
  const { checkAlertmanagerConfig } = await import('../../alerting/index.ts')
  const defaults = defaultsBeside(file, options)
  const { environment } = options
  const checked = checkAlertmanagerConfig(text, file, { environment, ...(defaults ? { defaults } : {}) })
  const { config, document, errors, warnings } = checked
  const found: CheckWarning[] = warnings.map(({ message, ...place }) => ({ place, message }))
  const all = [...errors]
  const templates: TemplateText[] = []
  const seen = new Set<string>()
  for (const [i, pattern] of (config?.templates ?? []).entries()) {
    const place = document?.placeOf(['templates', i]) ?? { file }
    const paths = findFiles(pattern)
    if (paths.length === 0 && isPattern(pattern)) {
      found.push({ place, message: `templates: no file matches "${pattern}"` })
    }
    if (paths.length === 0 && !isPattern(pattern)) {
      found.push({ place, message: `templates: there is no file "${pattern}"` })
    }
    for (const path of paths) {
      if (seen.has(path)) continue
      seen.add(path)
      const content = options.read(path, path)
      const wrong = content instanceof BinnacleError ? [content] : templateErrors(content, path)
      all.push(...wrong)
      if (wrong.length === 0) templates.push({ path, text: content as string })
    }
  }
  const content =
    config === undefined
      ? undefined
      : `${count(config.receivers.length, 'receiver')}${seen.size === 0 ? '' : `, ${count(seen.size, 'template file')}`}`
  return { report: { file, kind: 'alertmanager', errors: all, warnings: found, content }, checked, templates }
}

/** The mistake of a template file, if it has one: what follows the first cannot be read. */
export function templateErrors(text: string, file: string): BinnacleError[] {
  const functions = alertmanagerFunctions({ now: () => 0 })
  for (const html of [false, true]) {
    try {
      parseTemplates([...alertmanagerDefaults, { name: file, text }], { functions, html })
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
      const place = { file, line: error.line, column: error.column }
      return [new BinnacleError('rules.bad_template', error.reason, { place })]
    }
  }
  return []
}
