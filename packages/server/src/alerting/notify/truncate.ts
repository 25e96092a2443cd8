const MARK = '…'

/** The first `limit` code points, the last of them `…` when something was cut (three or fewer are kept without it). */
export function truncateRunes(text: string, limit: number): string {
  if (text.length <= limit) return text
  const runes = [...text]
  if (runes.length <= limit) return text
  return limit <= 3 ? runes.slice(0, limit).join('') : runes.slice(0, limit - 1).join('') + MARK
}

/** At most `limit` bytes of UTF-8, whole code points, ending in `…` when something was cut. */
export function truncateBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text
  if (limit < 3) return '.'.repeat(limit)
  return prefixOfBytes(text, limit - 3) + MARK
}

/** The longest prefix of whole code points that takes at most `limit` bytes of UTF-8. */
export function prefixOfBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= limit) return text
  let end = limit
  // Bytes that go on with a code point begin with the bits 10.
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
