== trust-down
+2m firing platform-critical/pagerduty trigger: ServiceDown: The Trust Service does not answer
+2m firing platform-critical/webhook: [FIRING:1] ServiceDown trust-production trust (system trust-service:1 trust-service critical)
+2m firing platform-critical/slack #trust-platform: 🔥 ServiceDown
    The Trust Service does not answer: trust-service:1 has not answered for a minute
    <https://docs.marty.com/runbooks/service-down|Runbook>
-- over after 4m
+5m resolved platform-critical/pagerduty resolve: ServiceDown: The Trust Service does not answer
+5m resolved platform-critical/webhook: [RESOLVED] ServiceDown trust-production trust (system trust-service:1 trust-service critical)
+5m resolved platform-critical/slack #trust-platform: ✅ Resolved: ServiceDown
    The Trust Service does not answer: trust-service:1 has not answered for a minute
    <https://docs.marty.com/runbooks/service-down|Runbook>

== errors, slow, failed-logins, memory, grpc
+0s firing security-critical/email security@marty.com: [CRITICAL SECURITY] AuthenticationFailures
+0s firing security-critical/pagerduty trigger: AuthenticationFailures: Many failed logins from 203.0.113.9
+0s firing security-critical/slack #trust-security: 🔒 AuthenticationFailures
    Many failed logins from 203.0.113.9: 62 failures within a minute (more than 10)
    <https://docs.marty.com/runbooks/authentication-failures|Runbook>
+3m firing platform-critical/pagerduty trigger: HighErrorRate: Requests fail
+3m firing platform-critical/webhook: [FIRING:1] HighErrorRate trust-production trust (system critical)
+3m firing platform-critical/slack #trust-platform: 🔥 HighErrorRate
    Requests fail: 11.73% of the requests end with 5xx (more than 5%)
    <https://docs.marty.com/runbooks/high-error-rate|Runbook>
+4m firing platform-critical/pagerduty trigger: HighLatency: The Trust Service is slow
+4m firing platform-critical/webhook: [FIRING:1] HighLatency trust-production trust (system critical)
+4m firing platform-critical/slack #trust-platform: 🔥 HighLatency
    The Trust Service is slow: p95 is 4.829s (more than 2 s)
    <https://docs.marty.com/runbooks/high-latency|Runbook>
+5m firing security-critical/email security@marty.com: [CRITICAL SECURITY] AuthenticationFailures
+5m firing security-critical/pagerduty trigger: AuthenticationFailures: Many failed logins from 203.0.113.9
+5m firing security-critical/slack #trust-security: 🔒 AuthenticationFailures
    Many failed logins from 203.0.113.9: 120 failures within a minute (more than 10)
    <https://docs.marty.com/runbooks/authentication-failures|Runbook>
+6m firing platform-critical/pagerduty trigger: MemoryPressure: node:1 is short of memory
+6m firing platform-critical/webhook: [FIRING:1] MemoryPressure trust-production host (system node:1 node critical)
+6m firing platform-critical/slack #trust-platform: 🔥 MemoryPressure
    node:1 is short of memory: 93.75% is in use (more than 85%)
    <https://docs.marty.com/runbooks/memory-pressure|Runbook>
+6m firing platform-warning/email platform@marty.com: [WARNING] GrpcErrors
+6m firing platform-warning/slack #trust-platform: ⚠️ GrpcErrors
    gRPC calls fail: 19.94% of the calls fail (more than 5%)
+10m firing security-critical/email security@marty.com: [CRITICAL SECURITY] AuthenticationFailures
+10m firing security-critical/pagerduty trigger: AuthenticationFailures: Many failed logins from 203.0.113.9
+10m firing security-critical/slack #trust-security: 🔒 AuthenticationFailures
    Many failed logins from 203.0.113.9: 120 failures within a minute (more than 10)
    <https://docs.marty.com/runbooks/authentication-failures|Runbook>
+15m firing security-critical/email security@marty.com: [CRITICAL SECURITY] AuthenticationFailures
+15m firing security-critical/pagerduty trigger: AuthenticationFailures: Many failed logins from 203.0.113.9
+15m firing security-critical/slack #trust-security: 🔒 AuthenticationFailures
    Many failed logins from 203.0.113.9: 120 failures within a minute (more than 10)
    <https://docs.marty.com/runbooks/authentication-failures|Runbook>
+15m firing escalation-page/pagerduty trigger: level 1 of 3 (critical): not acknowledged for 15m: AuthenticationFailures
+16m firing business/email business@marty.com: [BUSINESS] Response times break the SLA
+16m firing business/slack #trust-business: 📈 SLAViolations
    Response times break the SLA: 56.2% of the last hour were answered within 2 s (less than 99%)
+17m firing escalation-page/pagerduty trigger: level 1 of 3 (critical): not acknowledged for 15m: HighErrorRate
-- over after 18m
+18m resolved escalation-page/pagerduty resolve: level 1 of 3 (critical): not acknowledged for 15m: AuthenticationFailures
+18m firing escalation-page/pagerduty trigger: level 1 of 3 (critical): not acknowledged for 15m: HighLatency
+19m resolved platform-critical/pagerduty resolve: MemoryPressure: node:1 is short of memory
+19m resolved platform-critical/webhook: [RESOLVED] MemoryPressure trust-production host (system node:1 node critical)
+19m resolved platform-critical/slack #trust-platform: ✅ Resolved: MemoryPressure
    node:1 is short of memory: 93.75% is in use (more than 85%)
    <https://docs.marty.com/runbooks/memory-pressure|Runbook>
+19m resolved security-critical/email security@marty.com: [RESOLVED] AuthenticationFailures
+19m resolved security-critical/pagerduty resolve: AuthenticationFailures: Many failed logins from 203.0.113.9
+19m resolved security-critical/slack #trust-security: ✅ Resolved: AuthenticationFailures
    Many failed logins from 203.0.113.9: 120 failures within a minute (more than 10)
    <https://docs.marty.com/runbooks/authentication-failures|Runbook>
+21m firing security-warning/email security@marty.com: [WARNING] BruteForceDetection
+21m firing security-warning/slack #trust-security: ⚠️ BruteForceDetection
    203.0.113.9 tries logins for long: 2161 failures within an hour (more than 50)
+21m resolved escalation-page/pagerduty resolve: level 1 of 3 (critical): not acknowledged for 15m: HighErrorRate
+22m resolved platform-critical/pagerduty resolve: HighErrorRate: Requests fail
+22m resolved platform-critical/webhook: [RESOLVED] HighErrorRate trust-production trust (system critical)
+22m resolved platform-critical/slack #trust-platform: ✅ Resolved: HighErrorRate
    Requests fail: 5.319% of the requests end with 5xx (more than 5%)
    <https://docs.marty.com/runbooks/high-error-rate|Runbook>
+22m resolved escalation-page/pagerduty resolve: level 1 of 3 (critical): not acknowledged for 15m: HighLatency
+23m resolved platform-critical/pagerduty resolve: HighLatency: The Trust Service is slow
+23m resolved platform-critical/webhook: [RESOLVED] HighLatency trust-production trust (system critical)
+23m resolved platform-critical/slack #trust-platform: ✅ Resolved: HighLatency
    The Trust Service is slow: p95 is 3.65s (more than 2 s)
    <https://docs.marty.com/runbooks/high-latency|Runbook>
+26m resolved platform-warning/email platform@marty.com: [RESOLVED] GrpcErrors
+26m resolved platform-warning/slack #trust-platform: ✅ Resolved: GrpcErrors
    gRPC calls fail: 5.263% of the calls fail (more than 5%)
+1h21m resolved security-warning/email security@marty.com: [RESOLVED] BruteForceDetection
+1h21m resolved security-warning/slack #trust-security: ✅ Resolved: BruteForceDetection
    203.0.113.9 tries logins for long: 64 failures within an hour (more than 50)
+1h21m resolved business/email business@marty.com: [RESOLVED] Response times break the SLA
+1h21m resolved business/slack #trust-business: ✅ Resolved: SLAViolations
    Response times break the SLA: 98.32% of the last hour were answered within 2 s (less than 99%)

== database, slow-queries, connections, disk, vault, expiry, streams
+1m firing platform-warning/email platform@marty.com: [WARNING] CertificateExpiry
+1m firing platform-warning/slack #trust-platform: ⚠️ CertificateExpiry
    CN=sign.marty.com expires: 2d 23h 59m 59s left (less than 7 days)
+1m firing security-critical/email security@marty.com: [CRITICAL SECURITY] VaultFailure
+1m firing security-critical/pagerduty trigger: VaultFailure: Vault does not answer
+1m firing security-critical/slack #trust-security: 🔒 VaultFailure
    Vault does not answer: No key can be had: signing stops
    <https://docs.marty.com/runbooks/vault-failure|Runbook>
+2m firing platform-critical/pagerduty trigger: DatabaseFailure: Connections to the database fail
+2m firing platform-critical/webhook: [FIRING:1] DatabaseFailure trust-production trust (system critical)
+2m firing platform-critical/slack #trust-platform: 🔥 DatabaseFailure
    Connections to the database fail: 45 failures within 5 minutes
    <https://docs.marty.com/runbooks/database-failure|Runbook>
+6m firing platform-critical/pagerduty trigger: DiskSpace: / is nearly full
+6m firing platform-critical/webhook: [FIRING:1] DiskSpace trust-production host (system ext4 node:1 node / critical)
+6m firing platform-critical/slack #trust-platform: 🔥 DiskSpace
    / is nearly full: 5% left (less than 10%)
    <https://docs.marty.com/runbooks/disk-space|Runbook>
+6m firing security-critical/email security@marty.com: [CRITICAL SECURITY] VaultFailure
+6m firing security-critical/pagerduty trigger: VaultFailure: Vault does not answer
+6m firing security-critical/slack #trust-security: 🔒 VaultFailure
    Vault does not answer: No key can be had: signing stops
    <https://docs.marty.com/runbooks/vault-failure|Runbook>
+7m firing platform-warning/email platform@marty.com: [WARNING] StreamFailures
+7m firing platform-warning/slack #trust-platform: ⚠️ StreamFailures
    gRPC streams break: 19.94% of the streams end with an error (more than 5%)
-- over after 9m
+10m resolved platform-critical/pagerduty resolve: DiskSpace: / is nearly full
+10m resolved platform-critical/webhook: [RESOLVED] DiskSpace trust-production host (system ext4 node:1 node / critical)
+10m resolved platform-critical/slack #trust-platform: ✅ Resolved: DiskSpace
    / is nearly full: 5% left (less than 10%)
    <https://docs.marty.com/runbooks/disk-space|Runbook>
+10m resolved security-critical/email security@marty.com: [RESOLVED] VaultFailure
+10m resolved security-critical/pagerduty resolve: VaultFailure: Vault does not answer
+10m resolved security-critical/slack #trust-security: ✅ Resolved: VaultFailure
    Vault does not answer: No key can be had: signing stops
    <https://docs.marty.com/runbooks/vault-failure|Runbook>
+11m resolved platform-warning/email platform@marty.com: [RESOLVED] CertificateExpiry
+11m resolved platform-warning/slack #trust-platform: ✅ Resolved: CertificateExpiry
    CN=sign.marty.com expires: 2d 23h 59m 59s left (less than 7 days)
+14m resolved platform-critical/pagerduty resolve: DatabaseFailure: Connections to the database fail
+14m resolved platform-critical/webhook: [RESOLVED] DatabaseFailure trust-production trust (system critical)
+14m resolved platform-critical/slack #trust-platform: ✅ Resolved: DatabaseFailure
    Connections to the database fail: 17 failures within 5 minutes
    <https://docs.marty.com/runbooks/database-failure|Runbook>
+17m resolved platform-warning/email platform@marty.com: [RESOLVED] StreamFailures
+17m resolved platform-warning/slack #trust-platform: ✅ Resolved: StreamFailures
    gRPC streams break: 5.263% of the streams end with an error (more than 5%)

== brute-force, validation, signing, pki, compliance, slow-method, slow-queries, connections
+1m firing compliance/email compliance@marty.com, business@marty.com: [COMPLIANCE] eIDAS is violated
+1m firing compliance/slack #trust-business: ⚖️ eIDAS is violated
    6 violations within an hour
+3m firing platform-critical/pagerduty trigger: PKIUnavailable: The PKI does not answer
+3m firing platform-critical/webhook: [FIRING:1] PKIUnavailable trust-production trust (certificates trust-service:1 trust-service critical)
+3m firing platform-critical/slack #trust-platform: 🔥 PKIUnavailable
    The PKI does not answer: Certificates can be neither issued nor checked
    <https://docs.marty.com/runbooks/pki-unavailable|Runbook>
+6m firing platform-warning/email platform@marty.com: [WARNING] SigningFailures
+6m firing platform-warning/slack #trust-platform: ⚠️ SigningFailures
    Documents cannot be signed: 14.19% of the signings fail (more than 1%)
+6m firing platform-warning/email platform@marty.com: [WARNING] MethodLatency
+6m firing platform-warning/slack #trust-platform: ⚠️ MethodLatency
    SignDocument is slow: p95 is 1.95s (more than 1 s)
+6m firing platform-warning/email platform@marty.com: [WARNING] ConnectionIssues
+6m firing platform-warning/slack #trust-platform: ⚠️ ConnectionIssues
    The connection pool is nearly used up: 96% of the connections are in use (more than 90%)
+6m firing platform-warning/email platform@marty.com: [WARNING] QueryPerformance
+6m firing platform-warning/slack #trust-platform: ⚠️ QueryPerformance
    Queries are slow: p95 is 1.95s (more than 1 s)
+7m firing platform-warning/email platform@marty.com: [WARNING] ValidationErrors
+7m firing platform-warning/slack #trust-platform: ⚠️ ValidationErrors
    Certificates do not hold: 28.53% of the validations fail (more than 10%)
+8m firing security-warning/email security@marty.com: [WARNING] BruteForceDetection
+8m firing security-warning/slack #trust-security: ⚠️ BruteForceDetection
    203.0.113.9 tries logins for long: 51 failures within an hour (more than 50)
-- over after 11m
+12m resolved platform-critical/pagerduty resolve: PKIUnavailable: The PKI does not answer
+12m resolved platform-critical/webhook: [RESOLVED] PKIUnavailable trust-production trust (certificates trust-service:1 trust-service critical)
+12m resolved platform-critical/slack #trust-platform: ✅ Resolved: PKIUnavailable
    The PKI does not answer: Certificates can be neither issued nor checked
    <https://docs.marty.com/runbooks/pki-unavailable|Runbook>
+15m firing escalation-page/pagerduty trigger: level 1 of 3 (critical): not acknowledged for 15m: ComplianceFailures
+16m resolved platform-warning/email platform@marty.com: [RESOLVED] SigningFailures
+16m resolved platform-warning/slack #trust-platform: ✅ Resolved: SigningFailures
    Documents cannot be signed: 1.818% of the signings fail (more than 1%)
+16m resolved platform-warning/email platform@marty.com: [RESOLVED] MethodLatency
+16m resolved platform-warning/slack #trust-platform: ✅ Resolved: MethodLatency
    SignDocument is slow: p95 is 1.55s (more than 1 s)
+16m resolved platform-warning/email platform@marty.com: [RESOLVED] ConnectionIssues
+16m resolved platform-warning/slack #trust-platform: ✅ Resolved: ConnectionIssues
    The connection pool is nearly used up: 96% of the connections are in use (more than 90%)
+16m resolved platform-warning/email platform@marty.com: [RESOLVED] QueryPerformance
+16m resolved platform-warning/slack #trust-platform: ✅ Resolved: QueryPerformance
    Queries are slow: p95 is 1.55s (more than 1 s)
+17m resolved platform-warning/email platform@marty.com: [RESOLVED] ValidationErrors
+17m resolved platform-warning/slack #trust-platform: ✅ Resolved: ValidationErrors
    Certificates do not hold: 11.76% of the validations fail (more than 10%)
+30m firing escalation-mail/email escalation@marty.com: [ESCALATION] ComplianceFailures: level 2 of 3 (critical): not acknowledged for 30m
+1h firing executives-mail/email executives@marty.com: [ESCALATION] eIDAS is violated
+1h3m resolved security-warning/email security@marty.com: [RESOLVED] BruteForceDetection
+1h3m resolved security-warning/slack #trust-security: ✅ Resolved: BruteForceDetection
    203.0.113.9 tries logins for long: 52 failures within an hour (more than 50)
+1h10m resolved escalation-page/pagerduty resolve: level 1 of 3 (critical): not acknowledged for 15m: ComplianceFailures
+1h10m resolved escalation-mail/email escalation@marty.com: [RESOLVED] ComplianceFailures: level 2 of 3 (critical): not acknowledged for 30m
+1h10m resolved executives-mail/email executives@marty.com: [RESOLVED] eIDAS is violated
+1h11m resolved compliance/email compliance@marty.com, business@marty.com: [RESOLVED] eIDAS is violated
+1h11m resolved compliance/slack #trust-business: ✅ Resolved: eIDAS is violated
    6 violations within an hour

== replication, node-not-ready, crash-loop, network
+6m firing platform-critical/pagerduty trigger: NodeHealth: Node node-1 is not ready
+6m firing platform-critical/webhook: [FIRING:1] NodeHealth trust-production kubernetes (infrastructure Ready kube-state-metrics:1 kube-state-metrics node-1 critical true)
+6m firing platform-critical/slack #trust-platform: 🔥 NodeHealth
    Node node-1 is not ready: Its pods are moved after five minutes
    <https://docs.marty.com/runbooks/node|Runbook>
+6m firing platform-warning/email platform@marty.com: [WARNING] ReplicationLag
+6m firing platform-warning/slack #trust-platform: ⚠️ ReplicationLag
    A copy of the database lags: 2m 0s behind (more than 30 s)
+7m firing platform-warning/email platform@marty.com: [WARNING] NetworkIssues
+7m firing platform-warning/slack #trust-platform: ⚠️ NetworkIssues
    eth0 of node:1 has errors: 5 broken packets per second (more than 1)
+8m firing platform-warning/email platform@marty.com: [WARNING] PodFailures
+8m firing platform-warning/slack #trust-platform: ⚠️ PodFailures
    trust-7d9c-1 is restarted again and again: 9 restarts within 15 minutes
-- over after 11m
+12m resolved platform-critical/pagerduty resolve: NodeHealth: Node node-1 is not ready
+12m resolved platform-critical/webhook: [RESOLVED] NodeHealth trust-production kubernetes (infrastructure Ready kube-state-metrics:1 kube-state-metrics node-1 critical true)
+12m resolved platform-critical/slack #trust-platform: ✅ Resolved: NodeHealth
    Node node-1 is not ready: Its pods are moved after five minutes
    <https://docs.marty.com/runbooks/node|Runbook>
+16m resolved platform-warning/email platform@marty.com: [RESOLVED] ReplicationLag
+16m resolved platform-warning/slack #trust-platform: ✅ Resolved: ReplicationLag
    A copy of the database lags: 2m 0s behind (more than 30 s)
+17m resolved platform-warning/email platform@marty.com: [RESOLVED] NetworkIssues
+17m resolved platform-warning/slack #trust-platform: ✅ Resolved: NetworkIssues
    eth0 of node:1 has errors: 1.122 broken packets per second (more than 1)
+28m resolved platform-warning/email platform@marty.com: [RESOLVED] PodFailures
+28m resolved platform-warning/slack #trust-platform: ✅ Resolved: PodFailures
    trust-7d9c-1 is restarted again and again: 3 restarts within 15 minutes
