// From a flush of a group to the answers of its receivers: what mutes it, who knows already, attempts until one is taken.
// In: flushes. Out: notifications, the notification log, the record of each with its answer, metrics by Alertmanager's names.
// Promise: no integration is told the same twice within repeat_interval; what a crash left in doubt is sent again with its key.

export { createDeliverer, type Deliverer, logKeyOf, type Target } from './deliver.ts'
export { createDeliveryMetrics, type DeliveryMetrics } from './delivery-metrics.ts'
export { createPipeline, type TimeMuting } from './pipeline.ts'
export { createSlots } from './slots.ts'
