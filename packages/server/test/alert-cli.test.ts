import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Recorder, startRecorder } from '../src/alerting/notify/testkit/index.ts'
import { runCli } from './run-cli.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'

const SECRET = 'S3cr3t-Path-0123456789'
let folder: string
let recorder: Recorder
let config: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'binnacle-alert-cli-'))
  recorder = await startRecorder(({ path }) => (path.startsWith('/slack') ? { body: 'ok' } : { body: 'thanks' }))
  config = join(folder, 'alertmanager.yml')
  writeFileSync(join(folder, 'own.tmpl'), '{{ define "own" }}{{ .CommonAnnotations.summary }} ({{ .Status }}){{ end }}')
  writeFileSync(
    config,
    `templates: ['*.tmpl']
route:
  receiver: everybody
  group_by: [alertname]
  group_wait: 100ms
  routes:
  - matchers: [severity="critical"]
    receiver: pager
    continue: true
  - matchers: [severity="broken"]
    receiver: broken
receivers:
- name: everybody
  webhook_configs: [{url: '${recorder.url}/hook'}]
- name: pager
  slack_configs: [{api_url: '${recorder.url}/slack/${SECRET}', channel: '#a', title: '{{ template "own" . }}', text: 'on {{ .CommonLabels.host }}'}]
- name: broken
  slack_configs: [{api_url: '${recorder.url}/slack/x', title: '{{ .Nope }}'}]
- name: refused
  webhook_configs: [{url: 'http://127.0.0.1:1/'}]
`,
  )
})
afterAll(async () => {
  await recorder[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

describe('without a server', () => {
  const render = (...args: string[]) => runCli(['alert', 'render', '--config', config, ...args])

  test('an alert gives the messages of all receivers that its labels lead to; nothing is sent', async () => {
    const labels = ['alertname=DiskFull', 'severity=critical', 'host=a']
    const { code, stdout } = await render(...labels, '--annotation', 'summary=Disk of a is full')
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'pager: slack #0\n  Disk of a is full (firing)\n\n  on a\n',
    })
    const other = await render('alertname=Other')
    expect(other.stdout).toMatch(/^everybody: webhook #0\n {2}\[FIRING:1\] Other/)
    expect(recorder.requests).toEqual([])
  })

  test('one receiver, its end, its request without its secret, JSON', async () => {
    const { stdout } = await render('--receiver', 'pager', '--resolved', '--request', 'host=b')
    expect(stdout).toContain('(resolved)')
    expect(stdout).toContain('"url": "<secret>"')
    expect(stdout).not.toContain(SECRET)
    const json = await render('--receiver', 'pager', '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({ receivers: [{ receiver: 'pager', messages: [{ kind: 'slack' }] }] })
  })

  test('a template that fails, an unknown receiver and a bad file are told with their place, code 1', async () => {
    const broken = await render('severity=broken')
    expect(broken).toMatchObject({ code: 1, stdout: expect.stringContaining("can't evaluate field Nope") })
    const unknown = await render('--receiver', 'nobody')
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('there are: everybody, pager, broken') })
    const bad = join(folder, 'bad.yml')
    writeFileSync(bad, 'route: {receiver: x}\nreceivers:\n- name: x\n  slack_configs: [{}]\n')
    const refused = await runCli(['alert', 'render', '--config', bad])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/bad\.yml:4:\d+: no Slack API URL/) })
    const mail = join(folder, 'mail.yml')
    writeFileSync(mail, 'route: {receiver: x}\nreceivers:\n- name: x\n  email_configs: [{to: a@x.example}]\n')
    const lacking = ['alert', 'render', '--config', mail, '--default', 'smtp_from=b@x.example']
    expect(await runCli(lacking)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no global SMTP smarthost'),
    })
    const filled = await runCli([...lacking, '--default', 'smtp_smarthost=mail:25', 'alertname=A', 'job=b'])
    expect(filled).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^x: email #0\n {2}\[FIRING:1\].*\n\n {2}1 alert/),
    })
    expect(filled.stdout).not.toContain('<td')
    const wrong = await render('alertname')
    expect(wrong).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"alertname" is no label such as name=value'),
    })
  })
})

describe('beside a running Binnacle', () => {
  let binnacle: RunningBinnacle
  let fingerprint: string
  const alert = (...args: string[]) => runCli(['alert', ...args, '--url', binnacle.url])

  beforeAll(async () => {
    binnacle = await startBinnacle({ args: ['--alertmanager-config', config] })
    const reply = await fetch(`${binnacle.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([
        { labels: { alertname: 'DiskFull', severity: 'critical', host: 'a' }, annotations: { summary: 'Full' } },
      ]),
    })
    expect(reply.status).toBe(200)
    for (let i = 0; i < 100 && recorder.requests.length < 1; i++)
      await new Promise((resolve) => setTimeout(resolve, 50))
  }, 60_000)
  afterAll(() => binnacle?.[Symbol.asyncDispose]())

  test('the message of a real alert arrived, as the preview shows it', async () => {
    const [request] = recorder.requests.splice(0)
    expect(request).toMatchObject({ method: 'POST', path: `/slack/${SECRET}` })
    const sent = JSON.parse(request!.body) as { attachments: [{ title: string; text: string }] }
    expect(sent.attachments[0]).toMatchObject({ title: 'Full (firing)', text: 'on a' })
    const { stdout } = await alert(
      'render',
      'alertname=DiskFull',
      'severity=critical',
      'host=a',
      '--annotation',
      'summary=Full',
    )
    expect(stdout).toBe('pager: slack #0\n  Full (firing)\n\n  on a\n')
  })

  test('list, notifications and acknowledgement', async () => {
    const list = await alert('list', 'alertname="DiskFull"')
    expect(list.stdout).toMatch(/^FINGERPRINT +STATE/)
    fingerprint = /^([0-9a-f]{16}) +firing .* pager +\{alertname="DiskFull"/m.exec(list.stdout)?.[1] ?? ''
    expect(fingerprint).toHaveLength(16)
    expect((await alert('list', 'alertname="Nothing"')).stdout).toBe('no alerts\n')
    const sent = await alert('notifications', '--receiver', 'pager')
    expect(sent.stdout).toMatch(/pager +slack #0 +firing +delivered +1 +\{alertname="DiskFull"\} +ok/)
    expect(await alert('ack', fingerprint, '--by', 'me')).toMatchObject({
      code: 0,
      stdout: '1 alert acknowledged by me\n',
    })
    expect((await alert('list', '--state', 'acknowledged')).stdout).toContain(fingerprint)
    expect(await alert('ack', fingerprint, '--by', 'me', '--undo')).toMatchObject({ code: 0 })
    expect((await alert('history')).code).toBe(0)
    expect(JSON.parse((await alert('list', '--json')).stdout)).toMatchObject({ total: 1 })
  })

  test('a test is sent once, marked, and its real answer shown; code 1 when it was not delivered', async () => {
    recorder.requests.length = 0
    const good = await alert('test', '--receiver', 'pager')
    expect(good).toMatchObject({ code: 0, stdout: expect.stringMatching(/slack #0 +delivered +200 +ok/) })
    expect(recorder.requests).toHaveLength(1)
    expect(recorder.requests[0]?.body).toContain('[TEST]')
    const bad = await alert('test', '--receiver', 'refused')
    expect(bad).toMatchObject({ code: 1, stdout: expect.stringMatching(/webhook #0 +failed .*ECONNREFUSED/) })
    const unknown = await alert('test', '--receiver', 'nobody')
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no receiver "nobody"') })
  })
})
