import { formatFloat, type InstantResult, type Labels } from '@binnacle/promql'
import { BinnacleError } from '../../config/index.ts'

/**
 * Text is gathered to so many characters before it becomes bytes. Large pieces are mapped by the allocator and go back
 * to the system when they are done; small ones would stay with the process.
 */
const PIECE_CHARACTERS = 512 * 1024

const encoder = new TextEncoder()

/** UTF-8 JSON that grows piece by piece and stops at a limit instead of filling the memory. */
class JsonBytes {
  readonly #pieces: Uint8Array<ArrayBuffer>[] = []
  readonly #maxBytes: number
  #text = ''
  #size = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add(text: string): void {
    this.#text += text
    if (this.#text.length >= PIECE_CHARACTERS) this.#seal()
  }

  #seal(): void {
    const piece = encoder.encode(this.#text)
    this.#text = ''
    this.#size += piece.length
    this.#pieces.push(piece)
    if (this.#size > this.#maxBytes) {
      throw new BinnacleError('query.max_response_bytes', `the answer is larger than ${this.#maxBytes} bytes`, {
        kind: 'limit',
        hint: `query.max_response_size is ${this.#maxBytes} bytes: ask for fewer series, a shorter range or a larger step`,
      })
    }
  }

  finish(): readonly Uint8Array<ArrayBuffer>[] {
    this.#seal()
    return this.#pieces
  }
}

export type EncodedResult = { readonly dataJson: readonly Uint8Array<ArrayBuffer>[]; readonly truncated: boolean }

/**
 * `data` of Prometheus's query API. Source: Prometheus docs, "HTTP API / Expression query result formats".
 * With a `limit` above 0, series beyond it are left out.
 */
export function encodeResult(
  result: InstantResult,
  { limit, maxBytes }: { limit: number; maxBytes: number },
): EncodedResult {
  const out = new JsonBytes(maxBytes)
  const labelJson = createLabelJson()
  let truncated = false
  switch (result.kind) {
    case 'scalar':
      out.add(`{"resultType":"scalar","result":[${result.timeMs / 1000},"${formatFloat(result.value)}"]}`)
      break
    case 'string':
      out.add(`{"resultType":"string","result":[${result.timeMs / 1000},${JSON.stringify(result.value)}]}`)
      break
    case 'vector': {
      const count = limit > 0 ? Math.min(limit, result.labels.length) : result.labels.length
      truncated = count < result.labels.length
      out.add('{"resultType":"vector","result":[')
      const time = result.timeMs / 1000
      for (let i = 0; i < count; i++) {
        const value = formatFloat(result.values[i]!)
        out.add(`${i === 0 ? '' : ','}{"metric":${labelJson(result.labels[i]!)},"value":[${time},"${value}"]}`)
      }
      out.add(']}')
      break
    }
    case 'matrix': {
      const count = limit > 0 ? Math.min(limit, result.series.length) : result.series.length
      truncated = count < result.series.length
      out.add('{"resultType":"matrix","result":[')
      for (let i = 0; i < count; i++) {
        const { labels, ts, values } = result.series[i]!
        out.add(`${i === 0 ? '' : ','}{"metric":${labelJson(labels)},"values":[`)
        for (let at = 0; at < ts.length; at++) {
          out.add(`${at === 0 ? '' : ','}[${ts[at]! / 1000},"${formatFloat(values[at]!)}"]`)
        }
        out.add(']}')
      }
      out.add(']}')
      break
    }
  }
  return { dataJson: out.finish(), truncated }
}

/** JSON object of a label set; names and values come again and again, so their JSON is kept while the answer is made. */
function createLabelJson(): (labels: Labels) => string {
  const known = new Map<string, string>()
  const text = (value: string) => {
    let json = known.get(value)
    if (json === undefined) {
      json = JSON.stringify(value)
      known.set(value, json)
    }
    return json
  }
  return (labels) => {
    let json = '{'
    for (let i = 0; i < labels.length; i += 2)
      json += `${i === 0 ? '' : ','}${text(labels[i]!)}:${text(labels[i + 1]!)}`
    return `${json}}`
  }
}
