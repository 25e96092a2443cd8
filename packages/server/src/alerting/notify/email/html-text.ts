const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }
/** Elements whose content nobody reads. */
const HIDDEN = ['head', 'style', 'script']
const BLOCKS = /^(?:br|p|div|tr|table|h[1-6]|li|ul|ol|blockquote|pre)$/

/** HTML as a text that people can read in a preview: without head and tags, a line for each block or row. */
export function htmlText(html: string): string {
  const parts: string[] = []
  const lower = html.toLowerCase()
  // One pass; what is never closed ends it.
  for (let at = 0; at < html.length; ) {
    const open = html.indexOf('<', at)
    parts.push(html.slice(at, open < 0 ? undefined : open).replace(/\s+/g, ' '))
    if (open < 0) break
    if (html.startsWith('<!--', open)) {
      const end = html.indexOf('-->', open)
      if (end < 0) break
      at = end + 3
      continue
    }
    const close = html.indexOf('>', open)
    if (close < 0) break
    at = close + 1
    const [, slash, name = ''] = /^(\/?)([a-z][a-z0-9]*)/.exec(lower.slice(open + 1, open + 20)) ?? []
    if (HIDDEN.includes(name) && slash === '') {
      const end = lower.indexOf(`</${name}`, at)
      if (end < 0) break
      at = end
    } else if (BLOCKS.test(name) && (slash === '/' || name === 'br')) parts.push('\n')
    else if (slash === '/' && (name === 'td' || name === 'th')) parts.push(' ')
  }
  return decodeEntities(parts.join(''))
    .replace(/ +/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

const decodeEntities = (text: string): string =>
  text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{1,10}));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole
      const code = Number.parseInt(decimal ?? hex ?? '', decimal === undefined ? 16 : 10)
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
    },
  )
