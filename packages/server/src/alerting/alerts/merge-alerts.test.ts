import { expect, test } from 'vitest'
import type { Alert } from '../alert.ts'
import { mergeAlerts } from './merge-alerts.ts'

const alert = (startsAtMs: number, endsAtMs: number, updatedAtMs: number, timeout = false): Alert => ({
  fingerprint: '0',
  labels: ['a', 'b'],
  annotations: [],
  generatorUrl: '',
  startsAtMs,
  endsAtMs,
  updatedAtMs,
  timeout,
})

test.for<[name: string, known: Alert, next: Alert, nowMs: number, starts: number, ends: number]>([
  ['the end moves on, the start stays', alert(10, 50, 20), alert(20, 70, 30), 30, 10, 70],
  ['an end that was said holds against an earlier one', alert(10, 90, 20), alert(20, 70, 30), 30, 10, 90],
  ['an end that was assumed gives way to an earlier one', alert(10, 90, 20, true), alert(20, 70, 30), 30, 10, 70],
  ['an end that has come holds', alert(10, 90, 20), alert(20, 30, 30), 30, 10, 30],
  ['of two ends that have come the later holds', alert(10, 28, 20), alert(20, 25, 30), 30, 10, 28],
  ['after the end it begins anew', alert(10, 20, 20), alert(30, 70, 30), 30, 30, 70],
  ['beginning at the end is beginning anew', alert(10, 30, 20), alert(30, 70, 30), 30, 30, 70],
  ['the younger word holds, whichever comes first', alert(20, 70, 30), alert(10, 50, 20), 30, 10, 70],
])('%s', ([, known, next, nowMs, starts, ends]) => {
  expect(mergeAlerts(known, next, nowMs)).toMatchObject({ startsAtMs: starts, endsAtMs: ends })
})
