import type { Labels } from '@binnacle/promql'
import { BinnacleError } from '../../../config/index.ts'

/** Limits of one scrape (prometheus.yml, scrape_config); 0 or absent means none. Lengths are in UTF-8 bytes. */
export type LabelLimits = {
  readonly labelLimit?: number
  readonly labelNameLengthLimit?: number
  readonly labelValueLengthLimit?: number
}

/**
 * Throws kind `limit` when a series, after relabelling, has more or longer labels than allowed; the scrape fails then,
 * as in Prometheus. The metric name counts as a label.
 */
export function checkLabelLimits(labels: Labels, limits: LabelLimits): void {
  const { labelLimit = 0, labelNameLengthLimit = 0, labelValueLengthLimit = 0 } = limits
  const count = labels.length / 2
  if (labelLimit > 0 && count > labelLimit) fail('label_limit', `${count} labels`, labelLimit, labels)
  if (labelNameLengthLimit === 0 && labelValueLengthLimit === 0) return
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i]!
    if (labelNameLengthLimit > 0 && Buffer.byteLength(name) > labelNameLengthLimit) {
      fail('label_name_length_limit', `the label name "${short(name)}"`, labelNameLengthLimit, labels)
    }
    if (labelValueLengthLimit > 0 && Buffer.byteLength(labels[i + 1]!) > labelValueLengthLimit) {
      fail('label_value_length_limit', `a value of ${short(name)} that is longer`, labelValueLengthLimit, labels)
    }
  }
}

function fail(setting: string, what: string, limit: number, labels: Labels): never {
  const name = labels[labels.indexOf('__name__') + 1] ?? ''
  throw new BinnacleError(`exposition.${setting}`, `${setting} exceeded: ${short(name)} has ${what}`, {
    kind: 'limit',
    hint: `${setting} is ${limit}`,
  })
}

function short(text: string): string {
  return text.length > 50 ? `${text.slice(0, 50)}...` : text
}
