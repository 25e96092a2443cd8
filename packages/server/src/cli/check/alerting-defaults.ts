import { dirname, join } from 'node:path'
import type { AlertmanagerDefaults } from '../../alerting/index.ts'
import { BinnacleError, ConfigErrors, parseYaml } from '../../config/index.ts'
import { loadSettings } from '../../config/settings/index.ts'
import type { CheckOptions } from './check-options.ts'

/** What `alerting.defaults` of a binnacle.yml says, with its places; undefined when it says nothing or is wrong itself. */
export function alertingDefaults(
  text: string,
  file: string,
  environment: CheckOptions['environment'],
): AlertmanagerDefaults | undefined {
  try {
    const { settings } = loadSettings({ file: { name: file, text }, environment, workingDirectory: process.cwd() })
    const values = settings.alerting.defaults
    if (Object.keys(values).length === 0) return undefined
    const document = parseYaml(text, file)
    return { values, placeOf: (key) => document.placeOf(['alerting', 'defaults', key]) }
  } catch (error) {
    if (error instanceof ConfigErrors) return undefined
    throw error
  }
}

/** The same of the binnacle.yml beside an alertmanager.yml, which counts when Binnacle starts there. */
export function defaultsBeside(file: string, options: CheckOptions): AlertmanagerDefaults | undefined {
  const path = join(dirname(file), 'binnacle.yml')
  const text = options.read(path, path)
  return text instanceof BinnacleError ? undefined : alertingDefaults(text, path, options.environment)
}

/** Receivers that the escalation of the binnacle.yml beside an alertmanager.yml tells; none when it is wrong or not there. */
export async function escalatedBeside(file: string, options: CheckOptions): Promise<readonly string[]> {
  const path = join(dirname(file), 'binnacle.yml')
  const text = options.read(path, path)
  if (text instanceof BinnacleError) return []
  try {
    const { environment } = options
    const { settings } = loadSettings({ file: { name: path, text }, environment, workingDirectory: process.cwd() })
    const { escalatedReceivers } = await import('../../alerting/index.ts')
    return escalatedReceivers(settings.escalation)
  } catch (error) {
    if (error instanceof ConfigErrors) return []
    throw error
  }
}
