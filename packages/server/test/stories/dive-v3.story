== mongo-down, tampering, slow
+1m firing critical/pagerduty trigger: DecisionLoggingFailures: The audit trail is incomplete
+1m firing critical/webhook: [FIRING:1] DecisionLoggingFailures dive-v3 backend (audit pilot critical)
+1m firing critical/slack #dive-critical: FIRING: DecisionLoggingFailures
    The audit trail is incomplete. 29 decisions were not written within 5 minutes
    https://docs.dive-v3.local/runbooks/decision-log
+1m firing critical/pagerduty trigger: MetadataTamperingDetected: Metadata was tampered with
+1m firing critical/webhook: [FIRING:1] MetadataTamperingDetected dive-v3 backend (security pilot critical)
+1m firing critical/slack #dive-critical: FIRING: MetadataTamperingDetected
    Metadata was tampered with. 14 signatures (STANAG 4778) did not hold within 10 minutes
    https://docs.dive-v3.local/runbooks/tampering
+2m firing critical/pagerduty trigger: MongoDBDown: MongoDB does not answer
+2m firing critical/webhook: [FIRING:1] MongoDBDown dive-v3 mongo (availability pilot dive-v3-mongo:1 dive-v3-mongo critical)
+2m firing critical/slack #dive-critical: FIRING: MongoDBDown
    MongoDB does not answer. Resources and the decision log fail.
    https://docs.dive-v3.local/runbooks/service-down
+6m firing warning/email operations@dive-v3.local: [DIVE V3] HighAuthorizationLatency
+6m firing warning/slack #dive-warnings: FIRING: HighAuthorizationLatency
    Authorization is slow. p95 is 485ms (more than 200 ms)
-- over after 8m
+9m resolved critical/pagerduty resolve: MongoDBDown: MongoDB does not answer
+9m resolved critical/webhook: [RESOLVED] MongoDBDown dive-v3 mongo (availability pilot dive-v3-mongo:1 dive-v3-mongo critical)
+9m resolved critical/slack #dive-critical: RESOLVED: MongoDBDown
    MongoDB does not answer. Resources and the decision log fail.
    https://docs.dive-v3.local/runbooks/service-down
+11m firing warning/email operations@dive-v3.local: [DIVE V3] DecisionLogBelowTarget
+11m firing warning/slack #dive-warnings: FIRING: DecisionLogBelowTarget
    The decision log misses its target. 95.71% of the decisions are written (less than 99%)
+14m resolved critical/pagerduty resolve: DecisionLoggingFailures: The audit trail is incomplete
+14m resolved critical/webhook: [RESOLVED] DecisionLoggingFailures dive-v3 backend (audit pilot critical)
+14m resolved critical/slack #dive-critical: RESOLVED: DecisionLoggingFailures
    The audit trail is incomplete. 1 decisions were not written within 5 minutes
    https://docs.dive-v3.local/runbooks/decision-log
+16m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: HighAuthorizationLatency
+16m resolved warning/slack #dive-warnings: RESOLVED: HighAuthorizationLatency
    Authorization is slow. p95 is 367.2ms (more than 200 ms)
+16m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: DecisionLogBelowTarget
+16m resolved warning/slack #dive-warnings: RESOLVED: DecisionLogBelowTarget
    The decision log misses its target. 98.86% of the decisions are written (less than 99%)
+19m resolved critical/pagerduty resolve: MetadataTamperingDetected: Metadata was tampered with
+19m resolved critical/webhook: [RESOLVED] MetadataTamperingDetected dive-v3 backend (security pilot critical)
+19m resolved critical/slack #dive-critical: RESOLVED: MetadataTamperingDetected
    Metadata was tampered with. 1 signatures (STANAG 4778) did not hold within 10 minutes
    https://docs.dive-v3.local/runbooks/tampering

== opa-down, slow, slow-policies, redis-memory
+2m firing critical/pagerduty trigger: OPAServiceDown: OPA does not answer
+2m firing critical/webhook: [FIRING:1] OPAServiceDown dive-v3 opa (availability pilot dive-v3-opa:1 dive-v3-opa critical)
+2m firing critical/slack #dive-critical: FIRING: OPAServiceDown
    OPA does not answer. Every authorization fails.
    https://docs.dive-v3.local/runbooks/service-down
+2m firing warning/email operations@dive-v3.local: [DIVE V3] OPAUptimeBelowTarget
+2m firing warning/slack #dive-warnings: FIRING: OPAUptimeBelowTarget
    OPA misses its target. 95.83% of the last hour (less than 99.9%)
+6m firing warning/email operations@dive-v3.local: [DIVE V3] RedisHighMemoryUsage
+6m firing warning/slack #dive-warnings: FIRING: RedisHighMemoryUsage
    Redis is nearly full. 95% of maxmemory is in use (more than 90%)
-- over after 8m
+9m resolved critical/pagerduty resolve: OPAServiceDown: OPA does not answer
+9m resolved critical/webhook: [RESOLVED] OPAServiceDown dive-v3 opa (availability pilot dive-v3-opa:1 dive-v3-opa critical)
+9m resolved critical/slack #dive-critical: RESOLVED: OPAServiceDown
    OPA does not answer. Every authorization fails.
    https://docs.dive-v3.local/runbooks/service-down
+11m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: RedisHighMemoryUsage
+11m resolved warning/slack #dive-warnings: RESOLVED: RedisHighMemoryUsage
    Redis is nearly full. 95% of maxmemory is in use (more than 90%)
+11m firing warning/email operations@dive-v3.local: [DIVE V3] HighAuthorizationLatency
+11m firing warning/slack #dive-warnings: FIRING: HighAuthorizationLatency
    Authorization is slow. p95 is 473.1ms (more than 200 ms)
+16m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: HighAuthorizationLatency
+16m resolved warning/slack #dive-warnings: RESOLVED: HighAuthorizationLatency
    Authorization is slow. p95 is 367.2ms (more than 200 ms)
+1h12m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: OPAUptimeBelowTarget
+1h12m resolved warning/slack #dive-warnings: RESOLVED: OPAUptimeBelowTarget
    OPA misses its target. 99.17% of the last hour (less than 99.9%)

== redis-down, denials, ttl, connections, cpu, memory
+2m firing critical/pagerduty trigger: RedisDown: Redis does not answer
+2m firing critical/webhook: [FIRING:1] RedisDown dive-v3 redis (availability pilot dive-v3-redis:1 dive-v3-redis critical)
+2m firing critical/slack #dive-critical: FIRING: RedisDown
    Redis does not answer. Nobody can enroll a second factor.
    https://docs.dive-v3.local/runbooks/service-down
+6m firing warning/email operations@dive-v3.local: [DIVE V3] MongoDBHighConnections
+6m firing warning/slack #dive-warnings: FIRING: MongoDBHighConnections
    MongoDB is short of connections. 90.35% of the connections are taken (more than 80%)
+7m firing warning/email operations@dive-v3.local: [DIVE V3] HighKASKeyDenialRate
+7m firing warning/slack #dive-warnings: FIRING: HighKASKeyDenialRate
    Most keys are denied. 75% of the key requests are denied (more than 50%)
+11m firing warning/email operations@dive-v3.local: [DIVE V3] HighMemoryUsage
+11m firing warning/slack #dive-warnings: FIRING: HighMemoryUsage
    node:1 is short of memory. 95% of the memory is in use (more than 90%)
+14m firing warning/email operations@dive-v3.local: [DIVE V3] HighCPUUsage
+14m firing warning/slack #dive-warnings: FIRING: HighCPUUsage
    node:1 is busy. 95% of the processors are in use (more than 80%)
+16m firing warning/email operations@dive-v3.local: [DIVE V3] MongoDBDecisionLogTTLNotWorking
+16m firing warning/slack #dive-warnings: FIRING: MongoDBDecisionLogTTLNotWorking
    The decision log grows. 12GB of decisions (more than 10 GB): does the TTL index work?
-- over after 18m
+19m resolved critical/pagerduty resolve: RedisDown: Redis does not answer
+19m resolved critical/webhook: [RESOLVED] RedisDown dive-v3 redis (availability pilot dive-v3-redis:1 dive-v3-redis critical)
+19m resolved critical/slack #dive-critical: RESOLVED: RedisDown
    Redis does not answer. Nobody can enroll a second factor.
    https://docs.dive-v3.local/runbooks/service-down
+19m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: HighCPUUsage
+19m resolved warning/slack #dive-warnings: RESOLVED: HighCPUUsage
    node:1 is busy. 86.78% of the processors are in use (more than 80%)
+21m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: MongoDBHighConnections
+21m resolved warning/slack #dive-warnings: RESOLVED: MongoDBHighConnections
    MongoDB is short of connections. 90.35% of the connections are taken (more than 80%)
+21m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: HighMemoryUsage
+21m resolved warning/slack #dive-warnings: RESOLVED: HighMemoryUsage
    node:1 is short of memory. 95% of the memory is in use (more than 90%)
+21m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: MongoDBDecisionLogTTLNotWorking
+21m resolved warning/slack #dive-warnings: RESOLVED: MongoDBDecisionLogTTLNotWorking
    The decision log grows. 12GB of decisions (more than 10 GB): does the TTL index work?
+21m firing warning/email operations@dive-v3.local: [DIVE V3] HighMFAEnrollmentFailures
+21m firing warning/slack #dive-warnings: FIRING: HighMFAEnrollmentFailures
    Second factors cannot be enrolled. 174.1m failures per second (more than 0.1)
+22m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: HighKASKeyDenialRate
+22m resolved warning/slack #dive-warnings: RESOLVED: HighKASKeyDenialRate
    Most keys are denied. 52.77% of the key requests are denied (more than 50%)
+26m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: HighMFAEnrollmentFailures
+26m resolved warning/slack #dive-warnings: RESOLVED: HighMFAEnrollmentFailures
    Second factors cannot be enrolled. 118.5m failures per second (more than 0.1)

== backend-down, postgres-down
+2m firing critical/pagerduty trigger: BackendAPIDown: The backend does not answer
+2m firing critical/webhook: [FIRING:1] BackendAPIDown dive-v3 backend (availability pilot dive-v3-backend:1 dive-v3-backend critical)
+2m firing critical/slack #dive-critical: FIRING: BackendAPIDown
    The backend does not answer. Nobody reaches a resource.
    https://docs.dive-v3.local/runbooks/service-down
+2m firing critical/pagerduty trigger: PostgreSQLDown: PostgreSQL does not answer
+2m firing critical/webhook: [FIRING:1] PostgreSQLDown dive-v3 postgres (availability pilot dive-v3-postgres:1 dive-v3-postgres critical)
+2m firing critical/slack #dive-critical: FIRING: PostgreSQLDown
    PostgreSQL does not answer. Keycloak fails, and with it every login.
    https://docs.dive-v3.local/runbooks/service-down
+6m firing warning/email operations@dive-v3.local: [DIVE V3] BackendUptimeBelowTarget
+6m firing warning/slack #dive-warnings: FIRING: BackendUptimeBelowTarget
    The backend misses its target. 90.83% of the last hour (less than 99.5%)
-- over after 8m
+9m resolved critical/pagerduty resolve: BackendAPIDown: The backend does not answer
+9m resolved critical/webhook: [RESOLVED] BackendAPIDown dive-v3 backend (availability pilot dive-v3-backend:1 dive-v3-backend critical)
+9m resolved critical/slack #dive-critical: RESOLVED: BackendAPIDown
    The backend does not answer. Nobody reaches a resource.
    https://docs.dive-v3.local/runbooks/service-down
+9m resolved critical/pagerduty resolve: PostgreSQLDown: PostgreSQL does not answer
+9m resolved critical/webhook: [RESOLVED] PostgreSQLDown dive-v3 postgres (availability pilot dive-v3-postgres:1 dive-v3-postgres critical)
+9m resolved critical/slack #dive-critical: RESOLVED: PostgreSQLDown
    PostgreSQL does not answer. Keycloak fails, and with it every login.
    https://docs.dive-v3.local/runbooks/service-down
+1h11m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: BackendUptimeBelowTarget
+1h11m resolved warning/slack #dive-warnings: RESOLVED: BackendUptimeBelowTarget
    The backend misses its target. 99.17% of the last hour (less than 99.5%)

== logins, mfa, decision-log, slow, slow-policies
+1m firing critical/pagerduty trigger: DecisionLoggingFailures: The audit trail is incomplete
+1m firing critical/webhook: [FIRING:1] DecisionLoggingFailures dive-v3 backend (audit pilot critical)
+1m firing critical/slack #dive-critical: FIRING: DecisionLoggingFailures
    The audit trail is incomplete. 32 decisions were not written within 5 minutes
    https://docs.dive-v3.local/runbooks/decision-log
+6m firing warning/email operations@dive-v3.local: [DIVE V3] DecisionLogBelowTarget
+6m firing warning/slack #dive-warnings: FIRING: DecisionLogBelowTarget
    The decision log misses its target. 90.91% of the decisions are written (less than 99%)
+6m firing warning/email operations@dive-v3.local: [DIVE V3] HighAuthorizationLatency
+6m firing warning/slack #dive-warnings: FIRING: HighAuthorizationLatency
    Authorization is slow. p95 is 485ms (more than 200 ms)
+6m firing warning/email operations@dive-v3.local: [DIVE V3] HighOPAPolicyEvaluationTime
+6m firing warning/slack #dive-warnings: FIRING: HighOPAPolicyEvaluationTime
    Policies are evaluated slowly. p95 is 197.5ms (more than 100 ms)
+6m firing warning/email operations@dive-v3.local: [DIVE V3] LoginSuccessBelowTarget
+6m firing warning/slack #dive-warnings: FIRING: LoginSuccessBelowTarget
    Logins miss their target. 80% of the logins succeed (less than 95%)
+6m firing warning/email operations@dive-v3.local: [DIVE V3] HighMFAEnrollmentFailures
+6m firing warning/slack #dive-warnings: FIRING: HighMFAEnrollmentFailures
    Second factors cannot be enrolled. 500m failures per second (more than 0.1)
+7m firing critical/pagerduty trigger: HighLoginFailureRate: Many logins fail
+7m firing critical/webhook: [FIRING:1] HighLoginFailureRate dive-v3 backend (performance pilot critical logins)
+7m firing critical/slack #dive-critical: FIRING: HighLoginFailureRate
    Many logins fail. 20% of the logins fail (more than 10%)
    https://docs.dive-v3.local/runbooks/login-failures
-- over after 10m
+13m resolved critical/pagerduty resolve: HighLoginFailureRate: Many logins fail
+13m resolved critical/webhook: [RESOLVED] HighLoginFailureRate dive-v3 backend (performance pilot critical logins)
+13m resolved critical/slack #dive-critical: RESOLVED: HighLoginFailureRate
    Many logins fail. 10.52% of the logins fail (more than 10%)
    https://docs.dive-v3.local/runbooks/login-failures
+15m resolved critical/pagerduty resolve: DecisionLoggingFailures: The audit trail is incomplete
+15m resolved critical/webhook: [RESOLVED] DecisionLoggingFailures dive-v3 backend (audit pilot critical)
+15m resolved critical/slack #dive-critical: RESOLVED: DecisionLoggingFailures
    The audit trail is incomplete. 33 decisions were not written within 5 minutes
    https://docs.dive-v3.local/runbooks/decision-log
+16m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: DecisionLogBelowTarget
+16m resolved warning/slack #dive-warnings: RESOLVED: DecisionLogBelowTarget
    The decision log misses its target. 98.9% of the decisions are written (less than 99%)
+16m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: HighAuthorizationLatency
+16m resolved warning/slack #dive-warnings: RESOLVED: HighAuthorizationLatency
    Authorization is slow. p95 is 367.2ms (more than 200 ms)
+16m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: HighOPAPolicyEvaluationTime
+16m resolved warning/slack #dive-warnings: RESOLVED: HighOPAPolicyEvaluationTime
    Policies are evaluated slowly. p95 is 177.9ms (more than 100 ms)
+16m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: LoginSuccessBelowTarget
+16m resolved warning/slack #dive-warnings: RESOLVED: LoginSuccessBelowTarget
    Logins miss their target. 93.99% of the logins succeed (less than 95%)
+16m resolved warning/email operations@dive-v3.local: [DIVE V3] Resolved: HighMFAEnrollmentFailures
+16m resolved warning/slack #dive-warnings: RESOLVED: HighMFAEnrollmentFailures
    Second factors cannot be enrolled. 118.5m failures per second (more than 0.1)
