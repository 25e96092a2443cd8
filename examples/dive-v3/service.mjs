// What DIVE V3's backend, OPA, key access service and exporters say of themselves, by the names of their catalogue.
const LATENCY = [0.01, 0.05, 0.1, 0.15, 0.2, 0.5, 1] // 0.15 is the target: without it the quantile there is a guess
const GIB = 1024 ** 3
const GB = 1e9

export const port = 7182

/** `NAME-down` lets the scrape of a job fail. */
export const troubles = [
  'backend-down',
  'opa-down',
  'redis-down',
  'mongo-down',
  'postgres-down',
  'tampering',
  'slow',
  'slow-policies',
  'logins',
  'denials',
  'mfa',
  'decision-log',
  'ttl',
  'redis-memory',
  'connections',
  'cpu',
  'memory',
]

/** For alertmanager.yml; the recorder stands in for mail, Slack, PagerDuty and the audit system. */
export const environment = ({ httpPort, smtpPort }) => ({
  SMTP_SMARTHOST: `127.0.0.1:${smtpPort}`,
  SLACK_WEBHOOK_URL: `http://127.0.0.1:${httpPort}/slack`,
  PAGERDUTY_URL: `http://127.0.0.1:${httpPort}/pagerduty`,
  PAGERDUTY_ROUTING_KEY: 'of-the-example',
  AUDIT_WEBHOOK_URL: `http://127.0.0.1:${httpPort}/audit`,
})

const gauge = (job, name, help, ...series) => ({ job, name, type: 'gauge', help, series })
const counter = (job, name, help, ...series) => ({ job, name, type: 'counter', help, series })
const histogram = (job, name, help, buckets, ...series) => ({ job, name, type: 'histogram', help, buckets, series })
const user = { country: 'USA', clearance: 'SECRET' }

export const families = [
  counter(
    'backend',
    'dive_v3_logins_total',
    'Logins.',
    [{ status: 'success', ...user }, () => 4],
    [{ status: 'failure', ...user }, (is) => (is('logins') ? 1 : 0.04)],
  ),
  histogram('backend', 'dive_v3_authorization_latency_seconds', 'Time of an authorization.', LATENCY, [
    {},
    (is) => ({ rate: 10, seconds: is('slow') ? 0.4 : 0.04 }),
  ]),
  counter(
    'backend',
    'dive_v3_mfa_enrollment_total',
    'Enrollments of a second factor.',
    [{ status: 'success' }, () => 0.5],
    [{ status: 'failure' }, (is) => (is('mfa') || is('redis-down') ? 0.5 : 0.01)],
  ),
  counter('backend', 'dive_v3_mfa_enrollment_failures_total', 'Enrollments that failed.', [
    {},
    (is) => (is('mfa') || is('redis-down') ? 0.5 : 0.01),
  ]),
  counter(
    'backend',
    'dive_v3_redis_otp_secret_operations_total',
    'Operations on one-time secrets.',
    [{ operation: 'store' }, () => 0.5],
    [{ operation: 'retrieve' }, () => 0.5],
    [{ operation: 'remove' }, () => 0.5],
  ),
  counter(
    'backend',
    'dive_v3_crypto_signature_operations_total',
    'Signatures of metadata.',
    [{ operation: 'sign' }, () => 1],
    [{ operation: 'verify' }, () => 8],
  ),
  counter('backend', 'dive_v3_crypto_signature_errors_total', 'Signatures that could not be made.', [{}, () => 0]),
  counter('backend', 'dive_v3_crypto_tampering_detected_total', 'Signatures that did not hold.', [
    {},
    (is) => (is('tampering') ? 0.5 : 0),
  ]),
  counter(
    'backend',
    'dive_v3_decision_log_writes_total',
    'Decisions that were written.',
    [{ decision: 'allow' }, () => 8],
    [{ decision: 'deny' }, () => 2],
  ),
  counter('backend', 'dive_v3_decision_log_failures_total', 'Decisions that could not be written.', [
    {},
    (is) => (is('decision-log') || is('mongo-down') ? 1 : 0),
  ]),
  histogram('opa', 'http_request_duration_seconds', "Time of OPA's handlers.", LATENCY, [
    { handler: 'v1/data', method: 'post', code: '200' },
    (is) => ({ rate: 10, seconds: is('slow-policies') ? 0.19 : 0.02 }),
  ]),
  counter(
    'kas',
    'dive_v3_kas_key_releases_total',
    'Decisions on keys.',
    [{ decision: 'GRANT' }, () => 3],
    [{ decision: 'DENY' }, (is) => (is('denials') ? 9 : 0.5)],
  ),
  counter(
    'kas',
    'dive_v3_kas_policy_reevaluation_total',
    'Policies that were evaluated again.',
    [{ result: 'allow' }, () => 3],
    [{ result: 'deny' }, () => 0.5],
  ),
  gauge('keycloak', 'jvm_memory_used_bytes', 'Memory of the JVM.', [{ area: 'heap' }, () => 0.5 * GIB]),
  gauge('mongo', 'mongodb_up', '1 while MongoDB answers.', [{}, () => 1]),
  gauge(
    'mongo',
    'mongodb_ss_connections',
    'Connections.',
    [{ conn_type: 'current' }, (is) => (is('connections') ? 740 : 60)],
    [{ conn_type: 'available' }, (is) => (is('connections') ? 79 : 759)],
  ),
  gauge(
    'mongo',
    'mongodb_collstats_storageStats_size',
    'Bytes of a collection.',
    [{ database: 'dive-v3', collection: 'decisions' }, (is) => (is('ttl') ? 12 * GB : 2 * GB)],
    [{ database: 'dive-v3', collection: 'key_releases' }, () => 0.2 * GB],
    [{ database: 'dive-v3', collection: 'resources' }, () => 1 * GB],
  ),
  gauge('postgres', 'pg_up', '1 while PostgreSQL answers.', [{}, () => 1]),
  gauge('redis', 'redis_up', '1 while Redis answers.', [{}, () => 1]),
  gauge('redis', 'redis_memory_used_bytes', 'Memory in use.', [{}, (is) => (is('redis-memory') ? 0.95 : 0.3) * GIB]),
  gauge('redis', 'redis_memory_max_bytes', 'maxmemory; 0: no limit.', [{}, () => GIB]),
  gauge('redis', 'redis_connected_clients', 'Clients.', [{}, () => 9]),
  counter(
    'node',
    'node_cpu_seconds_total',
    'Seconds of a processor by what it did.',
    [{ cpu: '0', mode: 'idle' }, (is) => (is('cpu') ? 0.05 : 0.8)],
    [{ cpu: '0', mode: 'user' }, (is) => (is('cpu') ? 0.95 : 0.2)],
  ),
  gauge('node', 'node_memory_MemTotal_bytes', 'Memory.', [{}, () => 16 * GIB]),
  gauge('node', 'node_memory_MemAvailable_bytes', 'Memory that can be had.', [
    {},
    (is) => (is('memory') ? 0.8 : 10) * GIB,
  ]),
]
