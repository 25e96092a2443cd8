/**
 * A legend by a format of one's own: `{{route}} ({{code}})`. A label that a series lacks is left out; a format that
 * leaves nothing says nothing.
 */
export function formatLegend(format: string, labels: Readonly<Record<string, string>>): string | undefined {
  if (format.trim() === '') return undefined
  const text = format.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (_all, name: string) => labels[name] ?? '').trim()
  return text === '' ? undefined : text
}
