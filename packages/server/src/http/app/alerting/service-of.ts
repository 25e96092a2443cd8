import { type Labels, labelValue } from '@binnacle/promql'

const NAMES = ['service', 'service_name', 'app', 'application', 'job']

/** What a label set belongs to, as teams say it; `undefined` where no usual label does. */
export function serviceOf(labels: Labels): string | undefined {
  for (const name of NAMES) {
    const value = labelValue(labels, name)
    if (value !== '') return value
  }
  return undefined
}

/** Services of some label sets, sorted, each once. */
export function servicesOf(sets: Iterable<Labels>): string[] {
  const found = new Set<string>()
  for (const labels of sets) {
    const service = serviceOf(labels)
    if (service !== undefined) found.add(service)
  }
  return [...found].sort()
}
