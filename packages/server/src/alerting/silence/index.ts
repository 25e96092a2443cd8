// Silences: conditions on labels under which nobody is told for a time.
// In: silences of people and tools. Out: which of them mute an alert now.
// Promise: a silence is durable when its id is answered; changing one leaves the record of what it muted before.

export { createSilences, type SilenceDeps, type Silences } from './silences.ts'
