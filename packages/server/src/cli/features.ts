import { PROMQL_FEATURES, type PromqlFeature, type PromqlFeatures } from '@binnacle/promql'
import { BinnacleError, nearestName } from '../config/index.ts'

/** Features as `--enable-feature` names them, with commas between. Throws `config.bad_flag` for a name that is none. */
export function readFeatures(names: string | undefined): PromqlFeatures {
  const given = (names ?? '').split(',').map((name) => name.trim())
  const found = new Set<PromqlFeature>()
  for (const name of given) {
    if (name === '') continue
    const feature = PROMQL_FEATURES.find((one) => one === name)
    if (feature === undefined) {
      const near = nearestName(name, PROMQL_FEATURES)
      const hint = near === undefined ? `there are ${PROMQL_FEATURES.join(', ')}` : `did you mean "${near}"?`
      throw new BinnacleError('config.bad_flag', `--enable-feature: "${name}" is not known`, { hint })
    }
    found.add(feature)
  }
  return found
}
