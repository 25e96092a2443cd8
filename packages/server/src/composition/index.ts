// Glue of the composition root: what the parts know, in the words that the HTTP floor asks for.
// In: running parts. Out: the `HttpParts` of http/, settings as the parts want them.
// Promise: translates only; nothing here has a life of its own except the storage facts, read in the background.

export { createAdminPart } from './admin-part.ts'
export { createAlertIntakePart } from './alert-intake-part.ts'
export { alertingLimitsOf, buildAlertingConfig, readAlertmanagerFile } from './alertmanager-file.ts'
export { type CheckedFiles, createChecks } from './checks-part.ts'
export { type ConfigState, createConfigState, type ReadPrometheusConfig } from './config-state.ts'
export { createSeriesSource, doctorInputOf } from './doctor-part.ts'
export { externalAlertmanagersOf, type ReadExternal } from './external-alertmanagers.ts'
export { engineOptionsOf, headBytesOf, heartbeatOf, hostOptionsOf, maxSamplesOf, workersOf } from './from-settings.ts'
export { createHeadStatus } from './head-status.ts'
export { problemsOfAlerting } from './heartbeat-check.ts'
export { createMetadataPart } from './metadata-part.ts'
export { type ReadRules, readRules } from './rule-files.ts'
export { createRules } from './rules-part.ts'
export { createSelfReport } from './self-report.ts'
export { createStorageWatch, type StorageWatch } from './storage-watch.ts'
export { createTargetsPart } from './targets-part.ts'
