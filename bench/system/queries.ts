// Questions as dashboards and rules ask them. Times are relative to the end of the loaded data, so that every system has
// the same samples for them. Names say what kind of panel or rule asks so, and the range with its step. Binnacle's own
// collectors give names as `node_load1` too, of their host: who lists names says which job.

import { HOUR, instant, listing, type Question, range } from './question.ts'

export function questions(hours: number): Question[] {
  return [...atOneMoment(), ...overTime(hours), ...ofLabels()]
}

const latency = (q: number, by = 'le') =>
  `histogram_quantile(${q}, sum by (${by}) (rate(app_duration_0_seconds_bucket[5m])))`
const cpuBusy = '100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])))'
const memoryUsed = '1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes'
const errorRatio = (window: string) =>
  `sum(rate(app_http_requests_total{code=~"5.."}[${window}])) / sum(rate(app_http_requests_total[${window}]))`
const errorsByHandler =
  'sum by (handler) (rate(app_http_requests_total{code=~"5.."}[5m]))' +
  ' / sum by (handler) (rate(app_http_requests_total[5m]))'
const byVersion =
  'sum by (version) (rate(app_http_requests_total[5m]) * on (instance) group_left (version) app_build_info)'

/** Rules, tables and single figures. */
function atOneMoment(): Question[] {
  return [
    instant('one series', 'app_load_0_ratio{instance="host-01:9100",core="0"}'),
    instant('a flag on all hosts', 'app_ready_0'),
    instant('targets that are down', 'count by (job) (up == 0) or 0 * count by (job) (up)'),
    instant('absent', 'absent(up{job="nobody"})'),
    { ...instant('topk of a gauge', 'topk(5, app_load_3_ratio)'), hasTies: true },
    instant('memory used, sorted', `sort_desc(${memoryUsed})`),
    instant('disk full in four hours', 'predict_linear(node_filesystem_avail_bytes{fstype!="tmpfs"}[1h], 4 * 3600)'),
    instant('sum by host of rate', 'sum by (instance) (rate(app_requests_0_total[5m]))'),
    instant('error ratio by handler', errorsByHandler),
    instant('burn rate, 1 h and 5 m', `(${errorRatio('1h')} > 0.001) and (${errorRatio('5m')} > 0.001)`),
    instant(
      'beside half an hour ago',
      'sum(rate(app_http_requests_total[5m])) / sum(rate(app_http_requests_total[5m] offset 30m))',
    ),
    instant('joined with build info', byVersion),
    instant('count by version', 'count by (version) (app_build_info)'),
    instant('label_replace', 'sum by (host) (label_replace(node_load1, "host", "$1", "instance", "(.*):.*"))'),
    instant('changes in an hour', 'sum by (unit) (changes(app_ready_1[1h]))'),
    instant('quantile over hosts', 'quantile by (core) (0.95, app_load_0_ratio)'),
    instant('busiest minute of half an hour', 'max_over_time(sum(rate(app_requests_0_total[5m]))[30m:1m])'),
    instant('histogram_quantile', latency(0.99)),
    instant('rate over 30 metrics', 'sum(rate({__name__=~"app_requests_.*_total"}[5m]))'),
  ]
}

/** Panels of dashboards. */
function overTime(hours: number): Question[] {
  const all = hours * HOUR
  const label = `${hours} h @ 60 s`
  const hour = '1 h @ 15 s'
  return [
    range(`one series, ${hour}`, 'app_load_0_ratio{instance="host-01:9100",core="0"}', HOUR, 15),
    range(`one host, ${hour}`, 'rate(app_requests_0_total{instance="host-01:9100"}[1m])', HOUR, 15),
    range(`CPU by host, ${hour}`, cpuBusy, HOUR, 15),
    range(
      `CPU of a host by mode, ${hour}`,
      'sum by (mode) (irate(node_cpu_seconds_total{instance="host-01:9100"}[1m]))',
      HOUR,
      15,
    ),
    range(`memory used by host, ${label}`, memoryUsed, all, 60),
    range(`network by device, ${hour}`, 'sum by (device) (irate(node_network_receive_bytes_total[1m])) * 8', HOUR, 15),
    range(
      `ratio of two sums, ${hour}`,
      'sum(rate(app_requests_0_total{method="GET"}[5m])) / sum(rate(app_requests_0_total[5m]))',
      HOUR,
      15,
    ),
    range(`requests by code, ${hour}`, 'sum by (code) (rate(app_http_requests_total[1m]))', HOUR, 15),
    range(`error ratio by handler, ${label}`, errorsByHandler, all, 60),
    range(`burn rate over 5 m, ${label}`, errorRatio('5m'), all, 60),
    range(`burn rate over 1 h, ${label}`, errorRatio('1h'), all, 60),
    range(`burn rate over 6 h, ${label}`, errorRatio('6h'), all, 60),
    range(`availability over 1 h, ${label}`, 'avg by (job) (avg_over_time(up{job="bench"}[1h]))', all, 60),
    range(`histogram_quantile, ${hour}`, latency(0.9), HOUR, 15),
    range(`latency by route, ${hour}`, latency(0.99, 'le, route'), HOUR, 15),
    range(`topk of rates, ${hour}`, 'topk(5, sum by (instance) (rate(app_duration_0_seconds_sum[5m])))', HOUR, 15),
    range(`joined with build info, ${hour}`, byVersion, HOUR, 15),
    range(`beside an hour ago, ${hour}`, 'sum(app_load_1_ratio) - sum(app_load_1_ratio offset 1h)', HOUR, 15),
    range(`absent, ${hour}`, 'absent(up{job="nobody"})', HOUR, 15),
    range(`count of what is ready, ${hour}`, 'count by (unit) (app_ready_0 == 1)', HOUR, 15),
    range(`matched by regex, ${hour}`, 'avg by (instance) ({__name__=~"app_load_1.?_ratio",core=~"[0-4]"})', HOUR, 15),
    range(
      `subquery, 1 h @ 60 s`,
      'max_over_time(sum by (instance) (rate(app_requests_2_total[1m]))[10m:30s])',
      HOUR,
      60,
    ),
    range(
      `quantile_over_time, 1 h @ 60 s`,
      'avg by (instance) (quantile_over_time(0.95, app_load_0_ratio[10m]))',
      HOUR,
      60,
    ),
    range(`sum by host of rate, ${label}`, 'sum by (instance) (rate(app_requests_0_total[5m]))', all, 60),
    range(`avg by host of a gauge, ${label}`, 'avg by (instance) (app_load_0_ratio)', all, 60),
    range(`max_over_time of 30 m, ${label}`, 'max by (core) (max_over_time(app_load_0_ratio[30m]))', all, 60),
    range(`a gauge on all hosts, ${label}`, 'app_load_0_ratio', all, 60),
    range(`histogram_quantile, ${label}`, latency(0.9), all, 60),
    HEAVIEST(hours),
    range(
      `rate over 30 metrics, ${hours} h @ 15 s`,
      'sum by (job) (rate({__name__=~"app_requests_.*_total"}[5m]))',
      all,
      15,
    ),
  ]
}

/** What editors and variables of dashboards list. */
function ofLabels(): Question[] {
  return [
    listing('label names', 'labels'),
    listing('label names of a job', 'labels', '{job="bench"}'),
    listing('label names of a metric', 'labels', 'app_http_requests_total'),
    listing('values of a label', 'label/instance/values', 'app_requests_0_total'),
    listing('values of a label, by regex', 'label/handler/values', '{__name__=~"app_http_.*",code!~"2.."}'),
    listing('metric names of a job', 'label/__name__/values', '{job="bench"}'),
    listing('metric names by regex', 'label/__name__/values', '{__name__=~"node_.*_bytes",job="bench"}'),
    listing('series of a metric', 'series', 'app_requests_0_total'),
    listing('series of some hosts', 'series', 'app_load_0_ratio{instance=~"host-0[1-3]:9100"}'),
    listing('series of two metrics', 'series', 'node_load1{job="bench"}', 'app_build_info'),
  ]
}

/** The question that reads most for a common panel: every counter, over all the time there is. */
export function HEAVIEST(hours: number): Question {
  const query = 'sum by (job) (rate({__name__=~"app_requests_.*_total"}[5m]))'
  return range(`rate over 30 metrics, ${hours} h @ 60 s`, query, hours * HOUR, 60)
}

/** Ten heavy questions, all different, to be asked at once. */
export function tenHeavy(hours: number): Question[] {
  const counters = '{__name__=~"app_requests_.*_total"}'
  return [
    `sum by (job) (rate(${counters}[5m]))`,
    `sum by (instance) (rate(${counters}[5m]))`,
    `sum by (method) (increase(${counters}[10m]))`,
    `max by (instance) (irate(${counters}[5m]))`,
    `avg by (path) (rate(${counters}[15m]))`,
    `count by (instance) (rate(${counters}[5m]) > 1)`,
    `quantile by (method) (0.9, rate(${counters}[5m]))`,
    `topk(10, rate(${counters}[5m]))`,
    `avg by (instance) (max_over_time(${counters}[30m]) - ${counters})`,
    'histogram_quantile(0.99, sum by (le, route) (rate(app_duration_0_seconds_bucket[5m])))',
  ].map((query) => range(query, query, hours * HOUR, 60))
}
