import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { labelsOf } from '../../labels.ts'
import { regularSeries } from '../../testkit/memory-source.ts'
import { startPrometheus } from '../../testkit/prometheus.ts'
import { encodeLabels, placeOfLabels, xxHash64 } from './label-hash.ts'

const bin = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin')
const present = process.env.JUDGES_DIR !== undefined && existsSync(join(bin, 'prometheus'))

test.for([
  ['', 0xef46db3751d8e999n],
  ['a', 0xd24ec4f1a98c6e5bn],
  ['abc', 0x44bc2cf5ad770999n],
  ['Nobody inspects the spammish repetition', 0xfbcea83c8a378bf1n],
] as const)('the hash of %j is the one that xxHash publishes', ([text, hash]) => {
  expect(xxHash64(Buffer.from(text))).toBe(hash)
})

test('labels are encoded with their lengths in bytes, in order of the bytes of their names', () => {
  expect([...encodeLabels(labelsOf({ a: 'é', __name__: 'up' }))]).toEqual([
    ...[8, ...Buffer.from('__name__'), 2, ...Buffer.from('up')],
    ...[1, ...Buffer.from('a'), 2, 0xc3, 0xa9],
  ])
  const long = 'x'.repeat(70_000)
  const bytes = encodeLabels(['\ue000', long, '\u{1f600}', 'y'])
  expect([...bytes.subarray(0, 8)]).toEqual([3, 0xee, 0x80, 0x80, 255, 0x70, 0x11, 0x01])
  expect(bytes.length).toBe(4 + 4 + 70_000 + 5 + 2)
})

test.skipIf(!present)('the hash chooses the series that a real Prometheus chooses (JUDGES_DIR)', async () => {
  const series = Array.from({ length: 400 }, (_, i) => {
    const id = createHash('sha1').update(String(i)).digest('hex')
    return regularSeries({ __name__: 'm', id: id.slice(0, 1 + (i % 40)), n: String(i), text: 'é€😀' }, 15_000, [i])
  })
  const prometheus = await startPrometheus(bin, series)
  try {
    for (const ratio of [0.1, 0.5, -0.25]) {
      const answer = await prometheus.query('query', { query: `limit_ratio(${ratio}, m)`, time: '10' })
      if (answer.status !== 'success') throw new Error(answer.error)
      const chosen = (answer.data.result as { metric: { n: string } }[]).map(({ metric }) => metric.n)
      const ours = series.filter(({ labels }) => {
        const place = placeOfLabels(labels)
        return ratio >= 0 ? place < ratio : place >= 1 + ratio
      })
      const names = ours.map(({ labels }) => labels[labels.indexOf('n') + 1])
      expect([...chosen].sort()).toEqual(names.sort())
    }
  } finally {
    await prometheus.stop()
  }
})
