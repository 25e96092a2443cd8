import { expect, test } from 'vitest'
import { createRuleTemplates, expansionFailure, TemplateError } from './index.ts'

const labels = [
  ['__name__', 'errors'],
  ['instance', 'db-1:9100'],
  ['severity', 'page'],
] as const

test.for([
  ['plain text', 'plain text'],
  ['{{ $labels.instance }} is at {{ $value | humanize }}', 'db-1:9100 is at 12.35k'],
  ['{{ $labels.missing }}|{{ .Labels.severity }}|{{ .Value }}', '|page|12345.678'],
  ['{{ $externalLabels.cluster }} {{ externalURL }} {{ pathPrefix }}', 'eu http://prom.example/p /p'],
  ['{{ now }} {{ now | humanizeTimestamp }}', '1.7e+09 2023-11-14 22:13:20 +0000 UTC'],
  ['{{ range $k, $v := $labels }}{{ $k }}={{ $v }};{{ end }}', '__name__=errors;instance=db-1:9100;severity=page;'],
  ['{{ (toTime 1.7e9).Year }} {{ toDuration 90 }}', '2023 1m30s'],
] as const)('%s renders as Prometheus renders it', ([text, expected]) => {
  const rules = createRuleTemplates({ externalURL: 'http://prom.example/p', externalLabels: { cluster: 'eu' } })
  expect(rules.compile('A', text)(labels, 12345.678, 1_700_000_000_000)).toBe(expected)
})

test('a text with a query becomes a promise only when the answer is not there yet', async () => {
  const asked: string[] = []
  const answer = [
    { labels: { job: 'b' }, value: 2 },
    { labels: { job: 'a' }, value: 1 },
  ]
  const text =
    '{{ range query "up" | sortByLabel "job" }}{{ .Labels.job }}={{ .Value }} {{ end }}{{ query "up" | first | value }}'
  const at = (query: (q: string, timeMs: number) => typeof answer | Promise<typeof answer>) =>
    createRuleTemplates({ externalURL: '', query }).compile('A', text)(labels, 1, 60_000)
  expect(at(() => answer)).toBe('a=1 b=2 2')
  const later = at(async (q, timeMs) => {
    asked.push(`${q}@${timeMs}`)
    return answer
  })
  expect(later).toBeInstanceOf(Promise)
  expect(await later).toBe('a=1 b=2 2')
  expect(asked).toEqual(['up@60000'])
})

test('a query that fails is an error of the template at its place', async () => {
  const rules = createRuleTemplates({ externalURL: '', query: () => Promise.reject(new Error('no such metric')) })
  const text = rules.compile('A', 'x\n {{ query "up" | first | value }}')
  await expect(text(labels, 1, 0)).rejects.toMatchObject({
    line: 2,
    column: 5,
    reason: 'error calling query: no such metric',
  })
})

test('messages are those of Prometheus, places count from the text as written', () => {
  const rules = createRuleTemplates({ externalURL: '' })
  const error = (() => {
    try {
      return rules.compile('Disk', 'é {{ $labels.instance.x }}')(labels, 1, 0)
    } catch (thrown) {
      return thrown
    }
  })()
  expect(error).toBeInstanceOf(TemplateError)
  expect(error).toMatchObject({ line: 1, column: 13, template: '__alert_Disk' })
  expect(expansionFailure('Disk', error as TemplateError)).toBe(
    '<error expanding template: error executing template __alert_Disk: template: __alert_Disk:1:125: executing "__alert_Disk" at <$labels.instance.x>: can\'t evaluate field x in type string>',
  )
})

test('different queries of one text are bounded', async () => {
  const rules = createRuleTemplates({ externalURL: '', query: async () => [], limits: { maxQueries: 3 } })
  const text = rules.compile('A', '{{ range 10 }}{{ query (printf "up%d" .) | len }}{{ end }}')
  await expect(text(labels, 1, 0)).rejects.toMatchObject({ kind: 'limit', limit: 'maxQueries' })
})

test('a text that asks why its alert ended is told, empty while it goes on', () => {
  const rules = createRuleTemplates({ externalURL: '' })
  const text = rules.compile(
    'A',
    '{{ if $resolvedReason }}ended: {{ .ResolvedReason }}{{ else }}on at {{ $value }}{{ end }}',
  )
  expect([text(labels, 1, 0), text(labels, 1, 0, 'vanished')]).toEqual(['on at 1', 'ended: vanished'])
})
