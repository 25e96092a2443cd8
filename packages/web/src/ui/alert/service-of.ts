import type { LabelMap } from '../../api/index.ts'

const NAMES = ['service', 'service_name', 'app', 'application', 'job']

/** What a label set belongs to, as teams say it; `undefined` where no usual label does. */
export function serviceOf(labels: LabelMap): string | undefined {
  const name = NAMES.find((n) => labels[n] !== undefined)
  return name === undefined ? undefined : labels[name]
}
