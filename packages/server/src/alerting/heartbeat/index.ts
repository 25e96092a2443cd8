// The heartbeat out: a call to an address outside, again and again, while rules are evaluated and notifications go out.
// In: the address, how often, and a check that tells what is wrong. Out: calls, and a view of how they went.
// Promise: no call while something is wrong, so that a watcher outside notices; the address never shows, it is a secret.

export {
  createHeartbeat,
  type Heartbeat,
  type HeartbeatDeps,
  type HeartbeatOptions,
  type HeartbeatView,
} from './heartbeat.ts'
