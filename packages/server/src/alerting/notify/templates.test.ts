import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { BinnacleError } from '../../config/index.ts'
import { systemClock } from '../../telemetry/index.ts'
import { notificationData } from './notification-data.ts'
import { readTemplateFiles } from './read-template-files.ts'
import { createTemplates, type TemplateFile } from './templates.ts'
import { notificationOf, resolvedNotificationOf } from './testkit/index.ts'

const build = (...files: TemplateFile[]) => createTemplates({ files, externalUrl: 'http://b.example' }, systemClock)
const data = notificationData(notificationOf(), 'http://b.example')

function failureOf(run: () => unknown): BinnacleError {
  try {
    run()
  } catch (error) {
    return error as BinnacleError
  }
  throw new Error('did not fail')
}

test('files define and replace templates; the text outside of definitions has the base name of its file', () => {
  const templates = build(
    { path: '/a/one.tmpl', text: 'whole {{ define "__subject" }}mine {{ .Status }}{{ end }}' },
    { path: '/b/two.tmpl', text: '{{ define "x" }}{{ template "__subject" . }}!{{ end }}' },
  )
  expect(templates.text('{{ template "x" . }} {{ template "slack.default.title" . }}', data)).toBe(
    'mine firing! mine firing',
  )
  expect(templates.text('{{ template "one.tmpl" . }}', data)).toBe('whole ')
  expect(templates.text('no action', data)).toBe('no action')
})

test('why an alert ended can be asked for, and is not printed otherwise', () => {
  const { alerts } = resolvedNotificationOf()
  const ended = notificationData(
    { ...resolvedNotificationOf(), alerts: alerts.map((alert) => ({ ...alert, resolvedReason: 'vanished' as const })) },
    '',
  )
  const templates = build()
  expect(templates.text('{{ range .Alerts }}[{{ .ResolvedReason }}]{{ end }}', ended)).toBe('[vanished][vanished]')
  expect(templates.text('{{ range .Alerts }}[{{ .ResolvedReason }}]{{ end }}', data)).toBe('[][]')
  expect(templates.text('{{ .Alerts | toJson }}', ended)).not.toContain('vanished')
})

test('now prints in the zone of the process, times of alerts in UTC', () => {
  const clock = { ...systemClock, now: () => Date.UTC(2026, 6, 1, 12) }
  const templates = createTemplates({ files: [], externalUrl: '', zone: 'Europe/Berlin' }, clock)
  const shown = '{{ now.Format "15:04 MST" }} {{ (index .Alerts 0).StartsAt.Format "15:04 MST" }}'
  expect(templates.text(shown, data)).toBe('14:00 CEST 11:55 UTC')
})

test('an error has the file, line and column; one in the configuration the text', () => {
  const broken = failureOf(() => build({ path: '/a/b.tmpl', text: 'a\n  {{ .Nope ' }))
  expect(broken).toMatchObject({ code: 'notify.template', place: { file: '/a/b.tmpl', line: 2 } })
  const templates = build({ path: '/a/b.tmpl', text: '{{ define "x" }}\n {{ .Nope }}{{ end }}' })
  expect(failureOf(() => templates.text('{{ template "x" . }}', data))).toMatchObject({
    code: 'notify.template',
    place: { file: '/a/b.tmpl', line: 2, column: 5 },
  })
  expect(failureOf(() => templates.text('{{ template "y" . }}', data))).toMatchObject({
    hint: 'in "{{ template \\"y\\" . }}"',
  })
})

test('templates that never end or print without bound are stopped', () => {
  const loop = build({
    path: 'a.tmpl',
    text: '{{ define "l" }}{{ range .Alerts }}{{ template "l" $ }}{{ end }}{{ end }}',
  })
  expect(failureOf(() => loop.text('{{ template "l" . }}', data))).toMatchObject({ kind: 'limit' })
  const many = '{{ range $i := .Alerts }}'.repeat(30) + 'x'.repeat(1000) + '{{ end }}'.repeat(30)
  expect(failureOf(() => loop.text(many.replaceAll('.Alerts', '$.Alerts'), data))).toMatchObject({ kind: 'limit' })
})

test('patterns give files in order, once; what cannot be read is named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-templates-'))
  await writeFile(join(folder, 'b.tmpl'), 'b')
  await writeFile(join(folder, 'a.tmpl'), 'a')
  const files = await readTemplateFiles([join(folder, 'none-*.tmpl'), join(folder, '*.tmpl'), join(folder, 'a.tmpl')])
  expect(files).toEqual([
    { path: join(folder, 'a.tmpl'), text: 'a' },
    { path: join(folder, 'b.tmpl'), text: 'b' },
  ])
  await mkdir(join(folder, 'c.tmpl'))
  expect(await readTemplateFiles([join(folder, '*.tmpl')])).toHaveLength(2)
  await writeFile(join(folder, 'big.tmpl'), Buffer.alloc(1024 * 1024 + 1))
  await expect(readTemplateFiles([join(folder, '*.tmpl')])).rejects.toMatchObject({
    code: 'notify.template_file',
    place: { file: join(folder, 'big.tmpl') },
  })
  await rm(folder, { recursive: true })
})
