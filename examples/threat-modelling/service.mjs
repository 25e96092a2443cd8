// What the services of the threat modelling application, cAdvisor and kube-state-metrics say, by the names of their catalogue.
const BUCKETS = [0.1, 0.3, 0.5, 0.7, 1, 3, 5, 7, 10]
const MIB = 1024 ** 2

export const port = 7183

/** `NAME-down` lets the scrape of a job fail. */
export const troubles = [
  'api-service-down',
  'analysis-service-down',
  'slow',
  'errors',
  'memory',
  'crash-loop',
  'no-threats',
  'long-analysis',
  'failed-logins',
  'forbidden',
  'data-access',
]

/** For alertmanager.yml; the recorder stands in for mail, Slack, PagerDuty and the status page. */
export const environment = ({ httpPort, smtpPort }) => ({
  SMTP_SMARTHOST: `127.0.0.1:${smtpPort}`,
  SLACK_API_URL: `http://127.0.0.1:${httpPort}/slack`,
  PAGERDUTY_URL: `http://127.0.0.1:${httpPort}/pagerduty`,
  PAGERDUTY_ROUTING_KEY: 'of-the-example',
  PAGERDUTY_ONCALL_KEY: 'on-call',
  STATUS_PAGE_URL: `http://127.0.0.1:${httpPort}/status-page`,
})

const family = (type) => (job, name, help, series, more) => ({ job, name, type, help, series, ...more })
const [gauge, counter, histogram, summary] = ['gauge', 'counter', 'histogram', 'summary'].map(family)
const request = (status_code, rate) => [{ method: 'GET', route: '/models/:id', status_code }, rate]
const container = { namespace: 'threatmodel-prod', pod: 'api-7c9f-1', container: 'api' }
const model = { model_size: 'large', methodology: 'stride' }

export const families = [
  counter('api-service', 'http_requests_total', 'Total number of HTTP requests', [
    request('200', () => 20),
    request('403', (is) => (is('forbidden') ? 3 : 0.01)),
    request('500', (is) => (is('errors') ? 4 : 0.01)),
  ]),
  histogram(
    'api-service',
    'http_request_duration_seconds',
    'Duration of HTTP requests in seconds',
    [
      [
        { method: 'GET', route: '/models/:id', status_code: '200' },
        (is) => ({ rate: 20, seconds: is('slow') ? 2 : 0.2 }),
      ],
    ],
    { buckets: BUCKETS },
  ),
  gauge('api-service', 'http_active_connections', 'Number of active HTTP connections', [[{}, () => 14]]),
  gauge('api-service', 'active_users', 'Number of active users', [
    [{ organization: 'acme', role: 'analyst' }, () => 23],
  ]),
  counter('api-service', 'authentication_failures_total', 'Failed logins', [
    [{ user_id: 'u-17' }, (is) => (is('failed-logins') ? 2 : 0.001)],
  ]),
  counter('api-service', 'data_access_total', 'Reads of data by sensitivity', [
    [{ user_id: 'u-17', sensitivity: 'high' }, (is) => (is('data-access') ? 8 : 0.2)],
    [{ user_id: 'u-18', sensitivity: 'high' }, () => 3],
  ]),
  counter('analysis-service', 'threats_identified_total', 'Total number of threats identified', [
    [{ severity: 'high', category: 'spoofing', methodology: 'stride' }, (is) => (is('no-threats') ? 0 : 0.4)],
  ]),
  counter('analysis-service', 'threat_models_created_total', 'Total number of threat models created', [
    [{ project_type: 'web', methodology: 'stride' }, () => 0.05],
  ]),
  summary('analysis-service', 'threat_analysis_duration_seconds', 'Time taken to analyze threats', [
    [
      model,
      (is) => ({
        rate: 0.1,
        seconds: is('long-analysis') ? 300 : 40,
        quantiles: is('long-analysis')
          ? { 0.5: 280, 0.9: 390, 0.95: 420, 0.99: 500 }
          : { 0.5: 35, 0.9: 70, 0.95: 90, 0.99: 120 },
      }),
    ],
  ]),
  gauge('cadvisor', 'container_memory_working_set_bytes', 'Memory that cannot be dropped', [
    [container, (is) => (is('memory') ? 490 : 200) * MIB],
    [{ ...container, container: 'sidecar' }, () => 60 * MIB],
  ]),
  gauge('cadvisor', 'container_spec_memory_limit_bytes', 'Limit of memory; 0: none', [
    [container, () => 512 * MIB],
    [{ ...container, container: 'sidecar' }, () => 0],
  ]),
  counter('kube-state', 'kube_pod_container_status_restarts_total', 'Restarts of a container', [
    [container, (is) => (is('crash-loop') ? 0.02 : 0)],
  ]),
]
