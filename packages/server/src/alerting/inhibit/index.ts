// Inhibition: alerts that make others pointless while they fire.
// In: rules of alertmanager.yml, all alerts. Out: which alert inhibits a label set now.
// Promise: an answer costs a look at the rules, not at all alerts.

export { createInhibitor, type Inhibitor } from './inhibitor.ts'
