// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables are written as users write them in YAML
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alertmanagerMissing, amtool } from '../src/alerting/testkit/index.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'

/* The real amtool against the real program: every command that people use, at both addresses. */

const CONFIG = `
global:
  slack_api_url: '\${SLACK_URL}'
  smtp_auth_password: hidden
route:
  receiver: default
  group_by: [alertname]
  routes:
    - {matchers: [severity="critical"], receiver: page, continue: true}
    - {match_re: {team: db|web}, receiver: chat, mute_time_intervals: [night]}
receivers:
  - name: default
  - {name: page, webhook_configs: [{url: 'http://u:secret@127.0.0.1:9/x', send_resolved: false, max_alerts: 3}]}
  - {name: chat, slack_configs: [{channel: '#c', send_resolved: yes}], email_configs: [{to: a@b}], telegram_configs: [{chat_id: -1001234567890123456, bot_token: hidden}]}
inhibit_rules:
  - {source_match: {severity: critical}, target_matchers: [severity="warning"], equal: [alertname]}
time_intervals:
  - {name: night, time_intervals: [{times: [{start_time: '00:00', end_time: '06:00'}], location: Europe/Berlin}]}
`

describe.skipIf(alertmanagerMissing !== '')(`amtool${alertmanagerMissing}`, () => {
  let binnacle: RunningBinnacle
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'binnacle-amtool-'))
    binnacle = await startBinnacle({
      config:
        'collectors: {host: {enabled: false}, process: {enabled: false}}\nalerting: {defaults: {smtp_smarthost: "m:25", smtp_from: a@b}}\n',
      files: { 'alertmanager.yml': CONFIG },
      env: { SLACK_URL: 'https://hooks.slack.example/T0/B0/very-secret' },
    })
  }, 60_000)
  afterAll(async () => {
    await binnacle?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  const run = (args: readonly string[], path = '') => amtool([`--alertmanager.url=${binnacle.url}${path}`, ...args])
  const out = async (args: readonly string[], path = ''): Promise<string> => {
    const { code, stdout, stderr } = await run(args, path)
    expect([code, stderr], args.join(' ')).toEqual([0, ''])
    return stdout
  }

  test('alert add and query', async () => {
    await out([
      'alert',
      'add',
      'Disk',
      'severity=warning',
      'team=db',
      'node=a',
      '--annotation=summary=full',
      '--generator-url=http://g/x',
    ])
    await out(['alert', 'add', 'alertname=Disk', 'severity=critical', 'node=b'], '/alertmanager')
    await out(['alert', 'add', 'Load', 'node=c', '--annotation=summary=high'])
    expect(await out(['alert', 'query', '-o', 'simple'])).toMatch(/Load .*high +active/)
    const list = async (...args: string[]) => {
      const found = JSON.parse(await out(['alert', 'query', '-o', 'json', ...args])) as { labels: { node: string } }[]
      return found.map(({ labels }) => labels.node).sort()
    }
    expect(await list()).toEqual(['b', 'c'])
    // What is inhibited is shown when it is asked for.
    expect(await list('--inhibited')).toEqual(['a'])
    expect(await list('Disk')).toEqual(['b'])
    expect(await list('node=~"b|c"', 'alertname!=Load')).toEqual(['b'])
    expect(await list('--receiver=page')).toEqual(['b'])
    await out([
      'alert',
      'add',
      'Load',
      'node=c',
      `--end=${new Date(Date.now() - 1000).toISOString()}`,
      `--start=${new Date(Date.now() - 60_000).toISOString()}`,
    ])
    expect(await list()).toEqual(['b'])
  })

  test('silence add, query, update, expire and import', async () => {
    const id = (
      await out(['silence', 'add', '--comment=c', '--author=me', '--duration=2h', 'alertname=Disk', 'node=~"b|x"'])
    ).trim()
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    const ids = async (...args: string[]) =>
      (await out(['silence', 'query', '-q', ...args], '/alertmanager'))
        .trim()
        .split('\n')
        .filter((line) => line !== '')
    expect(await ids()).toEqual([id])
    expect(await ids('alertname=Disk')).toEqual([id])
    expect(await ids('node=b')).toEqual([])
    expect(await out(['silence', 'query'])).toMatch(/alertname="Disk" node=~"b\|x"/)
    expect(JSON.parse(await out(['alert', 'query', '-o', 'json', '--silenced']))).toMatchObject([
      { labels: { node: 'b' }, status: { silencedBy: [id], state: 'suppressed' } },
    ])
    await out(['silence', 'update', '--comment=longer', '--duration=3h', id])
    expect(await ids()).toEqual([id])
    expect(await out(['silence', 'query', '-o', 'json', 'alertname=Disk'])).toContain('"comment":"longer"')
    const saved = join(folder, 'silences.json')
    writeFileSync(saved, await out(['silence', 'query', '-o', 'json']))
    await out(['silence', 'expire', id])
    expect(await ids()).toEqual([])
    expect(await ids('--expired')).toEqual([id])
    const imported = await run(['silence', 'import', '--force', saved])
    expect([imported.code, imported.stderr]).toEqual([0, ''])
    expect(await ids()).toHaveLength(1)
    await out(['silence', 'expire', ...(await ids())])
    const again = await run(['silence', 'expire', '00000000-9b7f-4c1e-8f66-0123456789ab'])
    expect(again.code).not.toBe(0)
    const empty = await run(['silence', 'add', '--comment=c', 'alertname=""'])
    expect(empty.stderr).toContain('at least one matcher must not match the empty string')
  })

  test('config show has no secrets, and everything else that the file says', async () => {
    const shown = await out(['config', 'show'])
    expect(shown).not.toMatch(/very-secret|hidden|u:secret/)
    for (const part of [
      'slack_api_url: <secret>',
      'smtp_auth_password: <secret>',
      'smtp_smarthost: m:25',
      'resolve_timeout: 5m',
      'url: <secret>',
      'bot_token: <secret>',
      'chat_id: -1001234567890123456',
      'send_resolved: false',
      'max_alerts: 3',
      'location: Europe/Berlin',
    ]) {
      expect(shown).toContain(part)
    }
  })

  test('config routes show and test give the same of the server as of the file', async () => {
    // What the file alone lacks for the real amtool: the environment and the mail server.
    const file = join(folder, 'alertmanager.yml')
    writeFileSync(file, CONFIG.replace("'${SLACK_URL}'", 'http://x\n  smtp_smarthost: m:25\n  smtp_from: a@b'))
    const ofFile = async (args: readonly string[]) => (await amtool([...args, `--config.file=${file}`])).stdout
    expect(await out(['config', 'routes', 'show'])).toBe(await ofFile(['config', 'routes', 'show']))
    for (const labels of [['severity=critical'], ['team=db'], ['severity=critical', 'team=web'], ['x=y']]) {
      const asked = ['config', 'routes', 'test', ...labels]
      expect(await out(asked, '/alertmanager')).toBe(await ofFile(asked))
    }
  })

  test('cluster show, check-config and template render work', async () => {
    expect(await out(['cluster', 'show'])).toContain('disabled')
    writeFileSync(join(folder, 'good.yml'), 'route: {receiver: a}\nreceivers: [{name: a}]\n')
    expect((await amtool(['check-config', join(folder, 'good.yml')])).stdout).toContain('SUCCESS')
    writeFileSync(join(folder, 'x.tmpl'), '{{ define "x" }}{{ .Status }}{{ end }}')
    const rendered = await amtool([
      'template',
      'render',
      `--template.glob=${join(folder, 'x.tmpl')}`,
      '--template.text={{ template "x" . }}',
    ])
    expect(rendered.stdout).toBe('alertstatus')
  })
})
