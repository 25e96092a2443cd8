import { encodeSnappy, WireWriter } from '../../../../metrics/intake/remote-write/testkit/index.ts'

export type AskedQuery = {
  readonly fromMs: number
  readonly toMs: number
  /** Type (0 =, 1 !=, 2 =~, 3 !~), name, value. */
  readonly matchers: readonly (readonly [number, string, string])[]
  readonly hints?: { readonly func?: string; readonly fromMs?: number; readonly toMs?: number }
}

/** A body as a reader sends it. Response types: 0 SAMPLES, 1 STREAMED_XOR_CHUNKS. */
export function encodeReadRequest(queries: readonly AskedQuery[], accepted: readonly number[] = []): Buffer {
  const out = new WireWriter()
  for (const { fromMs, toMs, matchers, hints } of queries) {
    out.message(1, () => {
      out.varint(1, fromMs)
      out.varint(2, toMs)
      for (const [type, name, value] of matchers) {
        out.message(3, () => {
          out.varint(1, type)
          out.text(2, name)
          out.text(3, value)
        })
      }
      if (hints === undefined) return
      out.message(4, () => {
        out.varint(1, 15_000)
        out.text(2, hints.func ?? '')
        out.varint(3, hints.fromMs ?? 0)
        out.varint(4, hints.toMs ?? 0)
        out.text(5, 'job')
      })
    })
  }
  for (const type of accepted) out.varint(2, type)
  return encodeSnappy(out.finish())
}
