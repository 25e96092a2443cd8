// What does it cost to render? One annotation of a rule (thousands of alerts are rendered per evaluation), and Slack's
// default texts and a full list for a group of 100 alerts. Parsing is done before; processor time of one core.
// Run: node scripts/bench.mjs bench/gotemplate/render.bench.ts

import {
  alertmanagerData,
  alertmanagerDefaults,
  alertmanagerFunctions,
  createRuleTemplates,
  parseTemplates,
} from '@binnacle/gotemplate'

const labels = [
  ['__name__', 'node_filesystem_avail_bytes'],
  ['device', '/dev/sda1'],
  ['fstype', 'ext4'],
  ['instance', 'db-1.example:9100'],
  ['job', 'node'],
  ['mountpoint', '/var/lib/data'],
] as const

const rules = createRuleTemplates({ externalURL: 'http://binnacle.example', query: () => [] })
const annotation = (text: string) => {
  const render = rules.compile('DiskFull', text)
  return () => render(labels, 12.3456, 1_700_000_000_000)
}

const functions = alertmanagerFunctions({ now: () => 1_700_000_000_000 })
const set = parseTemplates(alertmanagerDefaults, { functions })
const html = parseTemplates(alertmanagerDefaults, { functions, html: true })
const alerts = Array.from({ length: 100 }, (_, n) => ({
  status: n % 5 === 4 ? 'resolved' : 'firing',
  labels: {
    alertname: 'DiskFull',
    instance: `db-${n}.example:9100`,
    job: 'node',
    severity: 'warning',
    mountpoint: '/',
  },
  annotations: {
    summary: `Disk of db-${n} is full`,
    description: 'Only 3 % are left.',
    runbook: 'http://run.book/disk',
  },
  startsAtMs: 1_700_000_000_000,
  generatorURL: 'http://binnacle.example/graph?g0.expr=x',
  fingerprint: String(n),
}))
const plain = {
  receiver: 'slack',
  status: 'firing',
  alerts,
  groupLabels: { alertname: 'DiskFull' },
  commonLabels: { alertname: 'DiskFull', job: 'node', severity: 'warning' },
  commonAnnotations: { description: 'Only 3 % are left.' },
  externalURL: 'http://binnacle.example',
}
const data = alertmanagerData(plain)
const text = (template: string, from = set) => {
  const compiled = from.compileText('', template)
  return () => compiled.execute(data)
}

const cases: readonly (readonly [string, () => unknown])[] = [
  ['annotation: plain text', annotation('The disk is nearly full.')],
  ['annotation: one label', annotation('{{ $labels.instance }} is down')],
  [
    'annotation: two labels, humanize',
    annotation('{{ $labels.mountpoint }} of {{ $labels.instance }} has {{ $value | humanize }}% left'),
  ],
  [
    'annotation: printf, if, stripPort',
    annotation('{{ if gt $value 10.0 }}{{ $labels.instance | stripPort }}{{ end }}: {{ printf "%.2f" $value }}'),
  ],
  [
    'annotation: humanizeDuration, all labels',
    annotation('{{ $value | humanizeDuration }} {{ range $k, $v := $labels }}{{ $k }}={{ $v }} {{ end }}'),
  ],
  ['annotation: query that answers at once', annotation('{{ query "up" | len }}')],
  ['data of 100 alerts', () => alertmanagerData(plain)],
  ['Slack: title', text('{{ template "slack.default.title" . }}')],
  [
    'Slack: title, fallback, text, colour',
    text(
      '{{ template "slack.default.title" . }}{{ template "slack.default.fallback" . }}{{ template "slack.default.text" . }}{{ template "slack.default.color" . }}',
    ),
  ],
  ['Telegram: list of 100 alerts', text('{{ template "telegram.default.message" . }}')],
  [
    'own: one line an alert, 100 alerts',
    text(
      '{{ range .Alerts }}- {{ .Labels.instance }}: {{ .Annotations.summary }} since {{ .StartsAt.Format "15:04" }}\n{{ end }}',
    ),
  ],
  ['e-mail: HTML of 100 alerts', text('{{ template "email.default.html" . }}', html)],
]

/** Microseconds of processor time, which others on the machine disturb less than the clock. */
const cpuMicros = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

console.log('text'.padEnd(46), 'renders/s'.padStart(12), 'µs each'.padStart(10))
for (const [name, run] of cases) {
  let count = 1
  let micros = 0
  // Twice as many until it takes half a second: the last round is measured warm.
  while (micros < 500_000) {
    count *= 2
    const start = cpuMicros()
    for (let n = 0; n < count; n++) run()
    micros = cpuMicros() - start
  }
  const each = micros / count
  console.log(name.padEnd(46), String(Math.round(1e6 / each)).padStart(12), each.toFixed(2).padStart(10))
}
