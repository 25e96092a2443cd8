/** What is kept of an answer for people to read. */
export const MAX_ANSWER_LENGTH = 300

/** The beginning of an answer as one readable line; binary ones are only counted. Redact before calling. */
export function answerText(body: Buffer | string): string {
  const text = (typeof body === 'string' ? body : body.toString('utf8', 0, 64 * 1024)).trim()
  const strange = text.slice(0, 1000).replace(/[^\u0000-\u0008\u000e-\u001f\ufffd]/g, '').length
  if (strange > Math.min(text.length, 1000) / 10) return `(${Buffer.byteLength(body)} bytes that are no text)`
  const line = text.replace(/[\u0000-\u001f\u007f\ufffd]+/g, ' ')
  return line.length <= MAX_ANSWER_LENGTH ? line : `${line.slice(0, MAX_ANSWER_LENGTH - 1)}…`
}
