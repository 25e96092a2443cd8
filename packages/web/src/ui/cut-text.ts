/** The text's beginning, `…` behind it, where it is longer than `most` characters; no character is cut in two. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text
  const half = /[\uD800-\uDBFF]$/.test(text.slice(0, most)) ? most - 1 : most
  return `${text.slice(0, half).trimEnd()}…`
}
