import { expect, test } from 'vitest'
import { systemClock } from '../../../telemetry/index.ts'
import { notificationOf, oneNotifier, startRecorder } from '../testkit/index.ts'

test('a token is kept for two hours, and renewed when it is refused', async () => {
  let tokens = 0
  let nowMs = 0
  let refused = ''
  await using recorder = await startRecorder(({ path, query }) => ({
    body: JSON.stringify(
      path.endsWith('gettoken')
        ? { errcode: 0, access_token: `token-${++tokens}` }
        : query.access_token === refused
          ? { errcode: 42001, errmsg: 'access_token expired' }
          : { errcode: 0, errmsg: 'ok' },
    ),
  }))
  const notifier = oneNotifier(
    `wechat_configs: [{api_url: '${recorder.url}', api_secret: s, corp_id: c, to_user: u, agent_id: '1'}]`,
    { deps: { clock: { ...systemClock, now: () => nowMs } } },
  )
  const send = () => notifier.send(notificationOf(), new AbortController().signal)
  expect(await send()).toMatchObject({ ok: true })
  nowMs += 6_900_000
  expect(await send()).toMatchObject({ ok: true })
  expect(tokens).toBe(1)
  nowMs += 200_000
  expect(await send()).toMatchObject({ ok: true })
  expect(tokens).toBe(2)
  refused = 'token-2'
  expect(await send()).toMatchObject({ ok: false, retry: true, answer: '42001: access_token expired' })
  expect(await send()).toMatchObject({ ok: true })
  expect(tokens).toBe(3)
})
