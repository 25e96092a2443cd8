import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { notificationOf, oneNotifier, type Recorder, resolvedNotificationOf, startRecorder } from '../testkit/index.ts'

let recorder: Recorder
beforeEach(async () => {
  recorder = await startRecorder()
})
afterEach(() => recorder[Symbol.asyncDispose]())

const never = new AbortController().signal
const json = (value: unknown, status = 200) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
})
const steps = () => recorder.requests.map(({ method, path }) => `${method} ${path}`)
const bodyOf = (i: number) => JSON.parse(recorder.requests[i]!.body) as { jql: string; fields: Record<string, unknown> }

/** A Jira in which the issue of the group is in this state. */
function jiraWith(state: 'none' | 'new' | 'done'): void {
  recorder.answer = ({ method, path }) => {
    if (path.endsWith('/search')) {
      const issue = { key: 'OPS-7', fields: { status: { name: 's', statusCategory: { key: state } } } }
      return json({ issues: state === 'none' ? [] : [issue] })
    }
    if (path.endsWith('/transitions') && method === 'GET') {
      return json({
        transitions: [
          { id: '11', name: 'Reopen' },
          { id: '21', name: 'Close' },
        ],
      })
    }
    return json({ key: 'OPS-8' }, method === 'POST' && path.endsWith('/issue') ? 201 : 204)
  }
}

const build = (more = '') =>
  oneNotifier(
    `jira_configs: [{api_url: '${recorder.url}/rest/api/2', project: OPS, issue_type: Bug, reopen_transition: Reopen, resolve_transition: Close, reopen_duration: 2h${more}}]`,
  )

describe('the issue of a group', () => {
  test('is created when there is none', async () => {
    jiraWith('none')
    expect(await build().send(notificationOf(), never)).toMatchObject({ ok: true })
    expect(steps()).toEqual(['POST /rest/api/2/search', 'POST /rest/api/2/issue'])
    expect(bodyOf(0).jql).toMatch(
      /^\(resolutiondate is EMPTY OR resolutiondate >= -120m\) and project="OPS" and labels="ALERT\{[0-9a-f]{64}\}" order by/,
    )
  })

  test('is not created for what is resolved already', async () => {
    jiraWith('none')
    expect(await build().send(resolvedNotificationOf(), never)).toMatchObject({ ok: true, answer: 'no open issue' })
    expect(steps()).toEqual(['POST /rest/api/2/search'])
    expect(bodyOf(0).jql).toContain('statusCategory != Done')
  })

  test('is updated while it is open, reopened when it is done, and closed at the end', async () => {
    jiraWith('new')
    await build().send(notificationOf(), never)
    expect(steps()).toEqual(['POST /rest/api/2/search', 'PUT /rest/api/2/issue/OPS-7'])
    for (const { state, notification, id } of [
      { state: 'done', notification: notificationOf(), id: '11' },
      { state: 'new', notification: resolvedNotificationOf(), id: '21' },
    ] as const) {
      recorder.requests.length = 0
      jiraWith(state)
      expect(await build().send(notification, never)).toMatchObject({ ok: true })
      expect(steps()).toEqual([
        'POST /rest/api/2/search',
        'PUT /rest/api/2/issue/OPS-7',
        'GET /rest/api/2/issue/OPS-7/transitions',
        'POST /rest/api/2/issue/OPS-7/transitions',
      ])
      expect(JSON.parse(recorder.requests[3]!.body)).toEqual({ transition: { id } })
    }
  })

  test('keeps what enable_update protects', async () => {
    jiraWith('new')
    await build(
      `, summary: {template: s, enable_update: false}, description: {template: d, enable_update: false}`,
    ).send(notificationOf(), never)
    expect(Object.keys(bodyOf(1).fields)).not.toContain('summary')
    expect(Object.keys(bodyOf(1).fields)).not.toContain('description')
  })
})

test('an unknown transition is final and named', async () => {
  jiraWith('new')
  const notifier = oneNotifier(
    `jira_configs: [{api_url: '${recorder.url}/rest/api/2', project: OPS, issue_type: Bug, resolve_transition: Nope}]`,
  )
  expect(await notifier.send(resolvedNotificationOf(), never)).toMatchObject({
    ok: false,
    retry: false,
    answer: 'the issue has no transition "Nope"',
  })
})

test('version 3 gets descriptions as documents, the cloud is searched by its own path', async () => {
  jiraWith('none')
  const build3 = (description: string) =>
    oneNotifier(
      `jira_configs: [{api_url: '${recorder.url}/rest/api/3', api_type: cloud, project: OPS, issue_type: Bug, description: '${description}'}]`,
    )
  recorder.answer = ({ path }) => json(path.endsWith('/search/jql') ? { issues: [] } : {}, 201)
  await build3('plain text').send(notificationOf(), never)
  expect(steps()[0]).toBe('POST /rest/api/3/search/jql')
  expect(bodyOf(1).fields.description).toEqual({
    type: 'doc',
    version: 1,
    content: [{ type: 'paragraph', content: [{ type: 'text', text: 'plain text' }] }],
  })
  await build3('{"type":"doc","version":1,"content":[]}').send(notificationOf(), never)
  expect(bodyOf(3).fields.description).toEqual({ type: 'doc', version: 1, content: [] })
})

test('names in quotes cannot break out of the query', async () => {
  jiraWith('none')
  await build(`, wont_fix_resolution: 'a" OR 1=1 \\'`).send(notificationOf(), never)
  expect(bodyOf(0).jql).toContain('resolution != "a\\" OR 1=1 \\\\"')
})

test('why an issue was refused is told', async () => {
  recorder.answer = ({ path }) =>
    path.endsWith('/search') ? json({ issues: [] }) : json({ errorMessages: [], errors: { priority: 'unknown' } }, 400)
  expect(await build().send(notificationOf(), never)).toMatchObject({
    ok: false,
    retry: false,
    answer: 'status 400: priority: unknown',
  })
})
