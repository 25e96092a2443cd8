import type { Clock } from '../../../telemetry/index.ts'
import { RequestFailed } from '../http/index.ts'
import type { Call } from '../http-notifier.ts'
import type { AwsAccess } from './aws-access.ts'
import { type AwsCredentials, signV4 } from './sigv4.ts'

const CONTENT_TYPE = 'application/x-www-form-urlencoded; charset=utf-8'
const LIFETIME_S = 900
const MARGIN_MS = 60_000

/** Credentials of a role for 15 minutes, asked for with our own. Source: AWS's "STS API Reference", AssumeRole. */
export async function assumeRole(
  role: { readonly arn: string; readonly externalId: string },
  { credentials, region }: AwsAccess,
  { call, clock, domain }: { call: Call; clock: Clock; domain: string },
): Promise<{ credentials: AwsCredentials; untilMs: number }> {
  const url = `https://sts.${region}.${domain}/`
  const body = new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: role.arn,
    RoleSessionName: 'binnacle',
    DurationSeconds: String(LIFETIME_S),
    ...(role.externalId === '' ? {} : { ExternalId: role.externalId }),
  }).toString()
  const nowMs = clock.now()
  const headers = signV4({ url, body, contentType: CONTENT_TYPE }, credentials, { region, service: 'sts', nowMs })
  const reply = await call({ method: 'POST', url, headers, text: body })
  const xml = reply.body.toString('utf8')
  const read = (tag: string) => new RegExp(`<${tag}>([^<]+)</${tag}>`).exec(xml)?.[1]
  const accessKey = read('AccessKeyId')
  const secretKey = read('SecretAccessKey')
  const sessionToken = read('SessionToken')
  if (reply.status !== 200 || !accessKey || !secretKey || !sessionToken) {
    const why = read('Code') ?? `status ${reply.status}`
    throw new RequestFailed(`the role could not be assumed: ${why}`, {
      retry: reply.status >= 500 || why.includes('Throttl'),
    })
  }
  return { credentials: { accessKey, secretKey, sessionToken }, untilMs: nowMs + LIFETIME_S * 1000 - MARGIN_MS }
}
