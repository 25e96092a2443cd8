/** The address if it leads to the web, `undefined` otherwise: annotations come from anywhere, and `javascript:` is one too. */
export function safeUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    const { protocol, href } = new URL(text)
    return protocol === 'http:' || protocol === 'https:' ? href : undefined
  } catch {
    return undefined
  }
}
