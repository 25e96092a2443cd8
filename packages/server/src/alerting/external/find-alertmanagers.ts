import type { TargetGroup } from '../../metrics/intake/discovery/index.ts'
import type { AlertmanagersConfig } from '../../metrics/intake/prometheus-config/index.ts'
import { applyRules, LabelsBuilder } from '../../metrics/intake/relabel/index.ts'

/** Addresses, whole, to which alerts are posted. */
export type FoundAlertmanagers = { readonly active: readonly string[]; readonly dropped: readonly string[] }

/** The Alertmanagers of some groups by the rules of their entry. Source: prometheus notifier, `AlertmanagerFromGroup`. */
export function alertmanagersOf(
  groups: Iterable<TargetGroup>,
  config: Pick<AlertmanagersConfig, 'scheme' | 'pathPrefix' | 'relabelRules'>,
): FoundAlertmanagers {
  const active = new Set<string>()
  const dropped = new Set<string>()
  for (const group of groups) {
    for (const own of group.targets) {
      const builder = new LabelsBuilder()
      builder.set('__scheme__', config.scheme)
      builder.set('__alerts_path__', joinPath(config.pathPrefix, '/api/v2/alerts'))
      for (const [name, value] of Object.entries({ ...group.labels, ...own })) builder.set(name, value)
      const before = urlOf(builder)
      if (applyRules(builder, config.relabelRules) !== undefined) dropped.add(before)
      else if (builder.get('__address__') !== '') active.add(urlOf(builder))
    }
  }
  return { active: [...active], dropped: [...dropped] }
}

function urlOf(builder: LabelsBuilder): string {
  const scheme = builder.get('__scheme__')
  const address = builder.get('__address__')
  const port = /:\d+$/.test(address) ? '' : scheme === 'https' ? ':443' : ':80'
  return `${scheme}://${address}${port}${builder.get('__alerts_path__')}`
}

/** One slash between the parts and none twice. */
function joinPath(prefix: string, path: string): string {
  return `/${prefix}${path}`.replace(/\/{2,}/g, '/')
}
