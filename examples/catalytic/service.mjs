// What the API of Catalytic Computing, its exporters and its GPU say of themselves, by the names of their catalogue.
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 10]
const GIB = 1024 ** 3

export const port = 7181

/** `catalytic-saas-down` lets the scrape of that job fail, and the health check. */
export const troubles = [
  'brute-force',
  'failed-logins',
  'sql-injection',
  'encryption',
  'rate-limit',
  'forbidden',
  'invalid-input',
  'jwt',
  'password-reset',
  'slow',
  'very-slow',
  'errors',
  'pool',
  'redis-memory',
  'cold-cache',
  'gpu-memory',
  'disk',
  'catalytic-saas-down',
  'no-redis',
  'no-database',
]

/** For alertmanager.yml; the recorder stands in for mail, Slack and PagerDuty. */
export const environment = ({ httpPort, smtpPort }) => ({
  SMTP_SMARTHOST: `127.0.0.1:${smtpPort}`,
  SMTP_PASSWORD: 'of-the-example',
  SLACK_WEBHOOK_URL: `http://127.0.0.1:${httpPort}/slack`,
  PAGERDUTY_URL: `http://127.0.0.1:${httpPort}/pagerduty`,
  PAGERDUTY_ROUTING_KEY: 'of-the-example',
})

/** Whose metrics these are, by how their names begin. */
const JOBS = { redis_: 'redis', pg_: 'postgresql', node_: 'node', DCGM_: 'dcgm', probe_: 'health' }
const jobOf = (name) => JOBS[Object.keys(JOBS).find((prefix) => name.startsWith(prefix))] ?? 'catalytic-saas'
const perMinute = (n) => n / 60
const requests = (endpoint, status, rate) => [{ method: 'POST', endpoint, status }, rate]
const gauge = (name, help, value, labels = {}) => ({
  name,
  type: 'gauge',
  help,
  series: [[labels, value]],
  job: jobOf(name),
})
const counter = (name, help, series) => ({ name, type: 'counter', help, series, job: jobOf(name) })

export const families = [
  counter('http_requests_total', 'HTTP requests.', [
    requests('/auth/login', '200', () => 2),
    requests('/auth/login', '401', (is) => perMinute(is('brute-force') ? 120 : is('failed-logins') ? 20 : 1)),
    requests('/api/lattices', '200', (is) => (is('errors') ? 8 : 10)),
    requests('/api/lattices', '500', (is) => (is('errors') ? 1 : 0.001)),
    requests('/api/lattices', '403', (is) => perMinute(is('forbidden') ? 30 : 1)),
    requests('/api/lattices', '429', (is) => perMinute(is('rate-limit') ? 60 : 0)),
  ]),
  {
    name: 'http_request_duration_seconds',
    job: 'catalytic-saas',
    type: 'histogram',
    help: 'Duration of HTTP requests in seconds.',
    buckets: BUCKETS,
    series: ['/auth/login', '/api/lattices'].map((endpoint) => [
      { method: 'POST', endpoint },
      (is) => ({ rate: 5, seconds: is('very-slow') ? 2 : is('slow') ? 0.7 : 0.08 }),
    ]),
  },
  counter('encryption_operations_total', 'Encryptions and decryptions.', [[{ operation_type: 'encrypt' }, () => 20]]),
  counter('encryption_errors_total', 'Failed encryptions.', [
    [{ error_type: 'key' }, (is) => (is('encryption') ? 3 : 0)],
  ]),
  counter('decryption_errors_total', 'Failed decryptions.', [
    [{ error_type: 'key' }, (is) => (is('encryption') ? 3 : 0)],
  ]),
  counter('input_validation_failures_total', 'Refused inputs.', [
    [{ failure_type: 'sql_injection' }, (is) => perMinute(is('sql-injection') ? 6 : 0)],
    [{ failure_type: 'length' }, (is) => perMinute(is('invalid-input') ? 60 : 2)],
  ]),
  counter('jwt_verification_errors_total', 'Refused tokens.', [
    [{ error_type: 'expired' }, (is) => perMinute(is('jwt') ? 30 : 1)],
  ]),
  counter('password_reset_requests_total', 'Requested password resets.', [
    [{}, (is) => perMinute(is('password-reset') ? 120 : 1)],
  ]),
  counter('user_registrations_total', 'Registrations.', [[{}, () => 0.05]]),
  counter('subscription_creations_total', 'New subscriptions.', [[{ plan_type: 'pro' }, () => 0.01]]),
  counter('subscription_cancellations_total', 'Ended subscriptions.', [[{ plan_type: 'pro' }, () => 0.001]]),
  counter('stripe_payment_success_total', 'Payments.', [[{}, () => 0.02]]),
  counter('stripe_payment_failed_total', 'Failed payments.', [[{ failure_reason: 'card_declined' }, () => 0.001]]),
  counter('lattice_creations_total', 'Lattices.', [[{ dimensions: '3' }, () => 1]]),
  gauge('active_lattices_gauge', 'Lattices in memory.', () => 42),
  gauge('database_connections_active', 'Connections in use.', (is) => (is('pool') ? 95 : 20)),
  gauge('database_connections_waiting', 'Requests that wait for a connection.', (is) => (is('pool') ? 7 : 0)),
  gauge('database_connections_max', 'Connections of the pool.', () => 100),
  gauge('memory_optimization_ratio', 'Size before over size after.', () => 28571),
  gauge('processing_speed_improvement', 'Time before over time after.', () => 649),
  gauge('probe_success', '1 while /health answers.', (is) => (is('catalytic-saas-down') ? 0 : 1)),
  gauge('redis_up', '1 while Redis answers.', (is) => (is('no-redis') ? 0 : 1)),
  gauge('redis_memory_used_bytes', 'Memory in use.', (is) => (is('redis-memory') ? 0.95 * GIB : 0.4 * GIB)),
  gauge('redis_memory_max_bytes', 'maxmemory; 0: no limit.', () => GIB),
  gauge('redis_connected_clients', 'Clients.', () => 12),
  counter('redis_keyspace_hits_total', 'Hits.', [[{}, (is) => (is('cold-cache') ? 50 : 95)]]),
  counter('redis_keyspace_misses_total', 'Misses.', [[{}, (is) => (is('cold-cache') ? 50 : 5)]]),
  counter('redis_evicted_keys_total', 'Evicted keys.', [[{}, () => 0]]),
  gauge('pg_up', '1 while PostgreSQL answers.', (is) => (is('no-database') ? 0 : 1)),
  gauge('pg_stat_database_numbackends', 'Backends.', () => 20, { datname: 'catalytic_db' }),
  gauge('DCGM_FI_DEV_FB_USED', 'Frame buffer in use, MiB.', (is) => (is('gpu-memory') ? 39_500 : 12_000), { gpu: '0' }),
  gauge('DCGM_FI_DEV_FB_FREE', 'Frame buffer that is free, MiB.', (is) => (is('gpu-memory') ? 500 : 28_000), {
    gpu: '0',
  }),
  {
    name: 'node_filesystem_avail_bytes',
    job: 'node',
    type: 'gauge',
    help: 'Bytes that users may write.',
    series: [[{ device: '/dev/sda1', fstype: 'ext4', mountpoint: '/' }, (is) => (is('disk') ? 8 * GIB : 60 * GIB)]],
  },
  {
    name: 'node_filesystem_size_bytes',
    job: 'node',
    type: 'gauge',
    help: 'Size of the file system.',
    series: [[{ device: '/dev/sda1', fstype: 'ext4', mountpoint: '/' }, () => 100 * GIB]],
  },
]
