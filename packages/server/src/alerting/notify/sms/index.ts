// SMS by any gateway that takes an HTTP request. Ours: Alertmanager has no such receiver.
// In: an entry of `sms_configs` and notifications. Out: one request for each number, and what was answered.
// Promise: a number that is refused keeps no other one from being told, and nobody is told twice by a repeated attempt.

export { smsKind } from './kind.ts'
