// What the Trust Service and its exporters say of themselves. The team described its metrics in words; the names are ours.
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5]
const GIB = 1024 ** 3
const DAY = 86_400

export const port = 7184

/** `NAME-down` lets the scrape of a job fail. */
export const troubles = [
  'trust-down',
  'errors',
  'slow',
  'database',
  'memory',
  'disk',
  'failed-logins',
  'brute-force',
  'vault',
  'validation',
  'expiry',
  'signing',
  'pki',
  'compliance',
  'grpc',
  'streams',
  'slow-method',
  'slow-queries',
  'connections',
  'replication',
  'node-not-ready',
  'crash-loop',
  'network',
]

/** For alertmanager.yml; the recorder stands in for mail, Slack, PagerDuty and the incident system. */
export const environment = ({ httpPort, smtpPort }) => ({
  SMTP_HOST: `127.0.0.1:${smtpPort}`,
  SMTP_FROM: 'alerts@marty.com',
  SMTP_USERNAME: 'alerts@marty.com',
  SMTP_PASSWORD: 'of-the-example',
  SLACK_WEBHOOK_DEFAULT: `http://127.0.0.1:${httpPort}/slack/default`,
  SLACK_WEBHOOK_SECURITY: `http://127.0.0.1:${httpPort}/slack/security`,
  SLACK_WEBHOOK_PLATFORM: `http://127.0.0.1:${httpPort}/slack/platform`,
  SLACK_WEBHOOK_BUSINESS: `http://127.0.0.1:${httpPort}/slack/business`,
  PAGERDUTY_URL: `http://127.0.0.1:${httpPort}/pagerduty`,
  PAGERDUTY_SECURITY_KEY: 'security',
  PAGERDUTY_PLATFORM_KEY: 'platform',
  PAGERDUTY_ESCALATION_KEY: 'escalation',
  INCIDENT_WEBHOOK_URL: `http://127.0.0.1:${httpPort}/incidents`,
  SECURITY_EMAIL: 'security@marty.com',
  PLATFORM_EMAIL: 'platform@marty.com',
  BUSINESS_EMAIL: 'business@marty.com',
  COMPLIANCE_EMAIL: 'compliance@marty.com',
  ESCALATION_EMAIL: 'escalation@marty.com',
  EXECUTIVE_EMAIL: 'executives@marty.com',
})

const family = (type) => (job, name, help, series, more) => ({ job, name, type, help, series, ...more })
const [gauge, counter, histogram] = ['gauge', 'counter', 'histogram'].map(family)
const buckets = { buckets: BUCKETS }
const outcome = (trouble, rate, bad) => [
  [{ result: 'success' }, () => rate],
  [{ result: 'failure' }, (is) => (is(trouble) ? bad : 0)],
]
const call = (grpc_type, grpc_method, trouble) => [
  [{ grpc_type, grpc_method, grpc_code: 'OK' }, () => 4],
  [{ grpc_type, grpc_method, grpc_code: 'Internal' }, (is) => (is(trouble) ? 1 : 0)],
]

export const families = [
  counter('trust', 'http_requests_total', 'HTTP requests.', [
    [{ method: 'POST', endpoint: '/documents', status: '200' }, () => 12],
    [{ method: 'POST', endpoint: '/documents', status: '500' }, (is) => (is('errors') ? 2 : 0.01)],
  ]),
  histogram(
    'trust',
    'http_request_duration_seconds',
    'Duration of HTTP requests in seconds.',
    [[{ method: 'POST', endpoint: '/documents' }, (is) => ({ rate: 12, seconds: is('slow') ? 4 : 0.2 })]],
    buckets,
  ),
  gauge('trust', 'http_requests_in_progress', 'Requests that are being answered.', [[{}, () => 3]]),
  counter('trust', 'trust_authentication_failures_total', 'Failed logins, of the addresses that fail most.', [
    [{ client_ip: '203.0.113.9' }, (is) => (is('failed-logins') ? 2 : is('brute-force') ? 0.1 : 0.001)],
  ]),
  counter('trust', 'trust_access_denied_total', 'Refused accesses.', [[{}, () => 0.02]]),
  counter('trust', 'trust_rate_limit_triggers_total', 'Requests that met a limit.', [[{}, () => 0.02]]),
  gauge('trust', 'trust_vault_up', '1 while Vault answers.', [[{}, (is) => (is('vault') ? 0 : 1)]]),
  gauge('trust', 'trust_pki_up', '1 while the PKI answers.', [[{}, (is) => (is('pki') ? 0 : 1)]]),
  counter('trust', 'trust_certificate_validations_total', 'Validated certificates.', outcome('validation', 5, 2)),
  counter('trust', 'trust_document_signings_total', 'Signed documents.', outcome('signing', 3, 0.5)),
  gauge('trust', 'trust_certificate_expiry_timestamp_seconds', 'When a certificate expires.', [
    [{ subject: 'CN=sign.marty.com' }, (is, nowMs) => Math.floor(nowMs / 1000) + (is('expiry') ? 3 : 200) * DAY],
  ]),
  counter('trust', 'trust_documents_processed_total', 'Processed documents.', [[{ type: 'contract' }, () => 3]]),
  counter('trust', 'trust_revenue_total', 'Fees.', [
    [{ currency: 'USD' }, () => 1],
    [{ currency: 'EUR' }, () => 0.6],
  ]),
  counter('trust', 'trust_compliance_violations_total', 'Violations by regulation.', [
    [{ regulation: 'eIDAS' }, (is) => (is('compliance') ? 0.2 : 0)],
  ]),
  counter('trust', 'grpc_server_handled_total', 'gRPC calls by their end.', [
    ...call('unary', 'SignDocument', 'grpc'),
    ...call('server_stream', 'WatchDocuments', 'streams'),
  ]),
  histogram(
    'trust',
    'grpc_server_handling_seconds',
    'Duration of gRPC calls in seconds.',
    [[{ grpc_method: 'SignDocument' }, (is) => ({ rate: 4, seconds: is('slow-method') ? 1.5 : 0.1 })]],
    buckets,
  ),
  counter('trust', 'trust_database_connection_failures_total', 'Connections that could not be opened.', [
    [{}, (is) => (is('database') ? 0.5 : 0)],
  ]),
  gauge('trust', 'trust_database_connections_active', 'Connections in use.', [
    [{}, (is) => (is('connections') ? 48 : 9)],
  ]),
  gauge('trust', 'trust_database_connections_max', 'Connections of the pool.', [[{}, () => 50]]),
  histogram(
    'trust',
    'trust_database_query_duration_seconds',
    'Duration of queries in seconds.',
    [[{}, (is) => ({ rate: 30, seconds: is('slow-queries') ? 1.5 : 0.04 })]],
    buckets,
  ),
  gauge('postgres', 'pg_replication_lag_seconds', 'How far a copy is behind.', [
    [{}, (is) => (is('replication') ? 120 : 0.5)],
  ]),
  gauge('node', 'node_memory_MemTotal_bytes', 'Memory.', [[{}, () => 16 * GIB]]),
  gauge('node', 'node_memory_MemAvailable_bytes', 'Memory that can be had.', [
    [{}, (is) => (is('memory') ? 1 : 10) * GIB],
  ]),
  gauge('node', 'node_filesystem_avail_bytes', 'Bytes that users may write.', [
    [{ fstype: 'ext4', mountpoint: '/' }, (is) => (is('disk') ? 5 : 60) * GIB],
  ]),
  gauge('node', 'node_filesystem_size_bytes', 'Size of the file system.', [
    [{ fstype: 'ext4', mountpoint: '/' }, () => 100 * GIB],
  ]),
  counter('node', 'node_network_receive_errs_total', 'Broken packets in.', [
    [{ device: 'eth0' }, (is) => (is('network') ? 5 : 0)],
  ]),
  counter('node', 'node_network_transmit_errs_total', 'Broken packets out.', [[{ device: 'eth0' }, () => 0]]),
  gauge('kube-state', 'kube_node_status_condition', 'Conditions of a node.', [
    [{ node: 'node-1', condition: 'Ready', status: 'true' }, (is) => (is('node-not-ready') ? 0 : 1)],
  ]),
  counter('kube-state', 'kube_pod_container_status_restarts_total', 'Restarts of a container.', [
    [{ namespace: 'trust', pod: 'trust-7d9c-1', container: 'trust' }, (is) => (is('crash-loop') ? 0.02 : 0)],
  ]),
]
