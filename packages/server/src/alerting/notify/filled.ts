/** Without the entries whose text is empty: protocols that leave them out do so by this. */
export function filled<K extends string>(texts: Readonly<Record<K, string>>): Partial<Record<K, string>> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== '')) as Partial<Record<K, string>>
}
