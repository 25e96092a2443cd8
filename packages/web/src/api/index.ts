// The server as the pages see it: one file per resource with its fetch, its cache keys and its options.
// In: queries, ranges, ids. Out: answers as columns and plain objects, or an `ApiError` with code and hint.
// Promise: same origin only; every request carries the abort signal of whoever waits for it.

export {
  type AcknowledgeInput,
  type AlertDetail,
  type AlertGroup,
  type AlertItem,
  type AlertList,
  type AlertSummary,
  type AlertsRequest,
  acknowledge,
  alerts,
  type EscalationChain,
  PAGE_ROWS,
  STANDINGS,
  type Standing,
  unacknowledge,
} from './alerts.ts'
export { ApiError, callPrometheus, toQueryString } from './client.ts'
export {
  type DoctorCounts,
  type DoctorFinding,
  type DoctorReport,
  type DoctorSummary,
  type DoctorView,
  doctor,
  lookNow,
  type RuleReport,
  type Verdict,
} from './doctor.ts'
export { type Exemplar, exemplars } from './exemplars.ts'
export { type EmptyReason, type Explanation, explanations, type NodeExplanation } from './explanation.ts'
export { type ExploredFrame, type ExploreRequest, explored, gridOf } from './explored.ts'
export {
  type AlertState,
  type CareEvent,
  type HistoryEvent,
  type HistoryPagesOptions,
  type HistoryRequest,
  history,
  historyParams,
  type NotificationRecord,
  type NotificationsRequest,
  notificationParams,
  REASONS,
  type Transition,
  type Withheld,
} from './history.ts'
export { type Labelled, labels } from './labels.ts'
export type { NativeHistogram, RankBy, Spread } from './matrix/index.ts'
export { type MetricKind, type MetricMeta, metadata, metaOf } from './metadata.ts'
export {
  type Frame,
  type FrameSeries,
  type InstantAnswer,
  type InstantSample,
  type LabelMap,
  MAX_INSTANT_SERIES,
  queries,
  queryInstant,
  queryRange,
  queryRuns,
  type RangeRequest,
  type SampleRuns,
  withWindow,
} from './query.ts'
export {
  type Delivery,
  type Explanation as RouteExplanation,
  type InhibitRule,
  type MessageRequest,
  type Receiver,
  type ReceiverMessages,
  type RenderedMessage,
  type RouteNode,
  type Routing,
  type RoutingFinding,
  routing,
  testReceiver,
} from './routing.ts'
export {
  type RuleDetail,
  type RuleGroup,
  type RuleInstance,
  type RuleRef,
  type RuleSummary,
  type RuleTestReport,
  type RuleThreshold,
  rules,
  runRuleTests,
} from './rules.ts'
export { type DiscoveryProblem, type Finding, findingsOf, type Self, selfQuery } from './self.ts'
export type { MatcherKind, MatcherText, Silence } from './silence.ts'
export {
  expireSilence,
  extendSilence,
  SILENCE_ROWS,
  type SilenceInput,
  type SilenceList,
  type SilencePreview,
  type SilencesRequest,
  saveSilence,
  silences,
} from './silences.ts'
export {
  type ActiveTarget,
  type DroppedTarget,
  type ScrapeAnswer,
  scrapeNow,
  type TargetHealth,
  type Targets,
  targets,
} from './targets.ts'
