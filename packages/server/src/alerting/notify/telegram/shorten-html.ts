/**
 * A text that Telegram still takes: HTML of more than `limit` code points loses its tags and is cut, never in the middle
 * of an entity, because half a tag would make Telegram refuse the whole message.
 */
export function shortenHtml(html: string, limit: number): string {
  if ([...html].length <= limit) return html
  const plain = html.replace(/<[^>]*>/g, '')
  const runes = [...plain]
  if (runes.length <= limit) return plain
  const kept = runes.slice(0, limit - 1).join('')
  return `${kept.replace(/&[a-zA-Z0-9#]{0,10}$/, '')}…`
}
