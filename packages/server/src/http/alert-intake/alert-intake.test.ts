import { expect, test } from 'vitest'
import { BinnacleError, Secret } from '../../config/index.ts'
import type { AlertIntakePart } from '../parts.ts'
import { fakeParts, startHttp } from '../testkit/index.ts'

function intake(over: Partial<AlertIntakePart> = {}): AlertIntakePart & { readonly bodies: string[] } {
  const bodies: string[] = []
  return {
    bodies,
    sns: async (body) => {
      bodies.push(body)
      return { alerts: 2 }
    },
    webhook: async (source, body) => {
      bodies.push(`${source} ${body}`)
      return { alerts: 1 }
    },
    ...over,
  }
}

const post = (url: string, init: RequestInit = {}) => fetch(url, { method: 'POST', body: '{"a":"ü"}', ...init })

test('each address passes its body on and tells what came of it', async () => {
  const alertIntake = intake()
  await using server = await startHttp({ ...fakeParts(), alertIntake })
  expect(await (await post(`${server.url}/api/alerts/sns`)).json()).toEqual({ alerts: 2 })
  expect(await (await post(`${server.url}/api/alerts/grafana`)).json()).toEqual({ alerts: 1 })
  expect(await (await post(`${server.url}/api/alerts/alertmanager`)).json()).toEqual({ alerts: 1 })
  expect(alertIntake.bodies).toEqual(['{"a":"ü"}', 'grafana {"a":"ü"}', 'alertmanager {"a":"ü"}'])
})

const basic = (password: string) => `Basic ${Buffer.from(`sns:${password}`).toString('base64')}`

test.for([
  ['none', '', {}, 403],
  ['a wrong bearer token', '', { authorization: 'Bearer wrong' }, 403],
  ['the bearer token', '', { authorization: 'Bearer s3cret:x' }, 200],
  ['the password', '', { authorization: basic('s3cret:x') }, 200],
  ['a wrong password', '', { authorization: basic('x') }, 403],
  ['the parameter', '?token=s3cret%3Ax', {}, 200],
] as const)('where a token is set, %s gets its answer', async ([, search, headers, status]) => {
  const alertIntake = intake({ token: new Secret('s3cret:x') })
  await using server = await startHttp({ ...fakeParts(), alertIntake })
  const answer = await post(`${server.url}/api/alerts/sns${search}`, { headers })
  expect(answer.status).toBe(status)
  expect(alertIntake.bodies).toHaveLength(status === 200 ? 1 : 0)
  expect(await answer.text()).not.toContain('s3cret')
})

test('what the sender should repeat is 503, what is not its right 403, and each names its code', async () => {
  const failing = (kind: 'unavailable' | 'forbidden', code: string) => async () => {
    throw new BinnacleError(code, 'not now', { kind })
  }
  const alertIntake = intake({
    sns: failing('unavailable', 'alert_intake.no_certificate'),
    webhook: failing('forbidden', 'alert_intake.bad_signature'),
  })
  await using server = await startHttp({ ...fakeParts(), alertIntake })
  const later = await post(`${server.url}/api/alerts/sns`)
  expect([later.status, later.headers.get('retry-after')]).toEqual([503, '1'])
  expect(await later.json()).toEqual({ error: { code: 'alert_intake.no_certificate', message: 'not now' } })
  expect((await post(`${server.url}/api/alerts/grafana`)).status).toBe(403)
})

test("a page of another site cannot send alerts with its visitor's browser", async () => {
  await using server = await startHttp({ ...fakeParts(), alertIntake: intake() })
  const answer = await post(`${server.url}/api/alerts/sns`, { headers: { 'sec-fetch-site': 'cross-site' } })
  expect(answer.status).toBe(403)
})
