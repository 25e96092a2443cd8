import { encodeRemoteWrite } from '../../src/metrics/intake/remote-write/testkit/index.ts'
import type { Dataset } from './dataset.ts'

const SLICE_MS = 600_000

/** Sends the data in slices of ten minutes, oldest first: the order in which the samples would have been scraped. */
export async function pushDataset({ series, startMs, endMs }: Dataset, urls: readonly string[]): Promise<void> {
  const next = series.map(() => 0)
  for (let sliceEnd = startMs + SLICE_MS; sliceEnd < endMs + SLICE_MS; sliceEnd += SLICE_MS) {
    const slice = series.flatMap(({ labels, ts, values }, i) => {
      const from = next[i]!
      let to = from
      while (to < ts.length && ts[to]! < sliceEnd) to++
      next[i] = to
      return to === from ? [] : [{ labels, ts: ts.slice(from, to), values: values.slice(from, to) }]
    })
    if (slice.length === 0) continue
    const body = new Uint8Array(encodeRemoteWrite(slice))
    for (const url of urls) {
      const answer = await fetch(`${url}/api/v1/write`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/x-protobuf',
          'content-encoding': 'snappy',
          'x-prometheus-remote-write-version': '0.1.0',
        },
      })
      const text = await answer.text()
      if (answer.status !== 204) throw new Error(`${url} answers a push with ${answer.status}: ${text}`)
    }
  }
}
