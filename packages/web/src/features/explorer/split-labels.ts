import type { LabelMap } from '../../api/index.ts'

/** Labels that tell series apart, with how many values each has, fewest first. */
export function splitLabels(all: readonly LabelMap[]): { readonly label: string; readonly values: number }[] {
  const values = new Map<string, Set<string>>()
  for (const labels of all)
    for (const [name, value] of Object.entries(labels)) {
      if (name === '__name__') continue
      const known = values.get(name)
      if (known === undefined) values.set(name, new Set([value]))
      else known.add(value)
    }
  return [...values]
    .filter(([, set]) => set.size > 1)
    .map(([label, set]) => ({ label, values: set.size }))
    .sort((a, b) => a.values - b.values || (a.label < b.label ? -1 : 1))
    .slice(0, 8)
}
