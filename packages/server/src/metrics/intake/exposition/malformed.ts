import { BinnacleError } from '../../../config/index.ts'

const MAX_SHOWN = 60

/**
 * The error for a body that cannot be read: `expected` what at `offset`. The place counts lines and columns from 1,
 * columns in characters.
 */
export function malformed(body: Buffer, offset: number, expected: string): BinnacleError {
  const at = Math.min(offset, body.length)
  let line = 1
  let lineStart = 0
  for (let end = body.indexOf(0x0a); end >= 0 && end < at; end = body.indexOf(0x0a, lineStart)) {
    line++
    lineStart = end + 1
  }
  const column = body.toString('utf8', lineStart, at).length + 1
  return new BinnacleError('exposition.malformed', `expected ${expected}, found ${found(body, at)}`, {
    place: { line, column },
    hint: 'the whole scrape was dropped; correct what the target exposes',
  })
}

function found(body: Buffer, at: number): string {
  if (at >= body.length) return 'the end of the answer'
  if (body[at] === 0x0a) return 'the end of the line'
  const newline = body.indexOf(0x0a, at)
  const end = newline < 0 ? body.length : newline
  const text = body.toString('utf8', at, Math.min(end, at + MAX_SHOWN))
  return JSON.stringify(end - at > MAX_SHOWN ? `${text}...` : text)
}
