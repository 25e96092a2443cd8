/**
 * `parse`: the text is no PromQL or does not type-check; `execution`: the data does not allow the question (such as
 * many-to-many matching); `max_samples`: the limit of samples held at once was met.
 */
export type PromqlErrorCode = 'parse' | 'execution' | 'max_samples'

/** What is wrong with a query, in Prometheus's words. `offset` and `length` are UTF-16 units of the query text. */
export class PromqlError extends Error {
  readonly code: PromqlErrorCode
  readonly offset: number
  readonly length: number

  constructor(code: PromqlErrorCode, message: string, span: { readonly start: number; readonly end: number }) {
    super(message)
    this.name = 'PromqlError'
    this.code = code
    this.offset = span.start
    this.length = Math.max(0, span.end - span.start)
  }
}

/** `line:column` of an offset, both from 1; columns count bytes of UTF-8, as Prometheus does. */
export function lineColumn(query: string, offset: number): string {
  let line = 1
  let lineStart = 0
  for (let at = query.indexOf('\n'); at >= 0 && at < offset; at = query.indexOf('\n', at + 1)) {
    line++
    lineStart = at + 1
  }
  let column = 1
  for (const char of query.slice(lineStart, offset)) {
    const code = char.codePointAt(0)!
    column += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return `${line}:${column}`
}

/** A parse error as Prometheus words it: `1:5: parse error: ...`. */
export function parseError(query: string, message: string, start: number, end: number): PromqlError {
  return new PromqlError('parse', `${lineColumn(query, start)}: parse error: ${message}`, { start, end })
}
