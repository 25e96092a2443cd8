import { type Labels, labelsOf } from '@binnacle/promql'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fingerprintOf, formatLabelSet } from './fingerprint.ts'
import { alertmanagerMissing, startAlertmanager } from './testkit/index.ts'

/** The same, written as the definition has it. */
function slow(labels: Labels): string {
  const bytes = labels.flatMap((text) => [...new TextEncoder().encode(text), 0xff])
  let hash = 0xcbf29ce484222325n
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
  return hash.toString(16).padStart(16, '0')
}

test('the hash is FNV-1a of 64 bits', () => {
  expect(fingerprintOf([])).toBe('cbf29ce484222325')
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z_é]{1,9}$/u), fc.string({ minLength: 1 })), (pairs) => {
      const labels = labelsOf(pairs)
      expect(fingerprintOf(labels)).toBe(slow(labels))
    }),
  )
  const long = labelsOf({ a: 'x'.repeat(100_000), b: 'ü'.repeat(5000) })
  expect(fingerprintOf(long)).toBe(slow(long))
})

test('names stand in the order of their bytes', () => {
  const labels = labelsOf({ '\uff5e': '1', '😀': '2', a: '3' })
  expect(formatLabelSet(labels)).toBe('{a="3", \uff5e="1", 😀="2"}')
  expect(fingerprintOf(labels)).toBe(slow(['a', '3', '\uff5e', '1', '😀', '2']))
})

test('a label set is printed as Alertmanager does it', () => {
  expect(formatLabelSet([])).toBe('{}')
  expect(formatLabelSet(labelsOf({ b: 'x"y\n', alertname: 'A b' }))).toBe('{alertname="A b", b="x\\"y\\n"}')
})

describe.skipIf(alertmanagerMissing !== '')(`beside Alertmanager${alertmanagerMissing}`, () => {
  test('fingerprints are the same', async () => {
    await using judge = await startAlertmanager()
    const sets = [
      { alertname: 'A' },
      { alertname: 'DiskFull', instance: 'db-1:9100', severity: 'critical' },
      { alertname: 'é', '\uff5e': '1', '😀': '2', 'with space': 'x\ny' },
      { alertname: 'long', text: 'ü'.repeat(3000) },
    ]
    const answer = await fetch(`${judge.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(sets.map((labels) => ({ labels }))),
    })
    expect(answer.status).toBe(200)
    const alerts = (await (await fetch(`${judge.url}/api/v2/alerts`)).json()) as {
      readonly fingerprint: string
      readonly labels: Record<string, string>
    }[]
    expect(alerts).toHaveLength(sets.length)
    for (const alert of alerts) expect(fingerprintOf(labelsOf(alert.labels))).toBe(alert.fingerprint)
  })
})
