// The front door: Prometheus's HTTP API, our own, and the pages, on one port.
// In: the parts that answer (querier, targets, storage ...). Out: a server to start and stop.
// Promise: only translates; answers only to this machine's names; every body, connection and header is bounded; one
// place for each protocol turns our errors into its status and shape.

export { DEFAULT_HTTP_LIMITS, type HttpLimits } from './limits.ts'
export type {
  ActiveTargetView,
  AdminPart,
  AlertIntakePart,
  ChecksPart,
  ConfigFinding,
  DiscoveryProblem,
  DoctorPart,
  DroppedTargetView,
  HeadStatus,
  HttpParts,
  LifecyclePart,
  MetadataPart,
  NamedCount,
  RawScrape,
  ReadLimits,
  RoutingFinding,
  RuleAlertView,
  RuleGroupView,
  RulesPart,
  RuleTestReport,
  RuleView,
  SelfReport,
  StatusPart,
  StoragePart,
  StorageReport,
  StorageTable,
  TargetMetadataView,
  TargetsPart,
  WritePart,
} from './parts.ts'
export { createHttpServer, type HttpServer, type HttpServerOptions } from './server.ts'
export type { HttpServerDeps } from './server-deps.ts'
