import { createHash, createHmac } from 'node:crypto'

export type AwsCredentials = {
  readonly accessKey: string
  readonly secretKey: string
  readonly sessionToken?: string
}

/**
 * Headers that sign a POST: `x-amz-date`, `x-amz-security-token` and `authorization`.
 * Source: AWS's "Create a signed AWS API request", Signature Version 4.
 */
export function signV4(
  { url, body, contentType }: { readonly url: string; readonly body: string; readonly contentType: string },
  credentials: AwsCredentials,
  { region, service, nowMs }: { readonly region: string; readonly service: string; readonly nowMs: number },
): Record<string, string> {
  const at = new URL(url)
  const date = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = date.slice(0, 8)
  const scope = `${day}/${region}/${service}/aws4_request`
  const signed: Record<string, string> = {
    'content-type': contentType,
    host: at.host,
    'x-amz-date': date,
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
  }
  const names = Object.keys(signed).sort()
  const path = at.pathname.split('/').map((part) => encode(decodeURIComponent(part)))
  const query = [...at.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort()
  const headerLines = names.map((name) => `${name}:${signed[name]}`)
  const canonical = ['POST', path.join('/'), query.join('&'), ...headerLines, '', names.join(';'), sha256(body)]
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical.join('\n'))].join('\n')
  let key = hmac(`AWS4${credentials.secretKey}`, day)
  for (const part of [region, service, 'aws4_request']) key = hmac(key, part)
  const signature = hmac(key, toSign).toString('hex')
  const { host: _, ...headers } = signed
  const parts = [`Credential=${credentials.accessKey}/${scope}`, `SignedHeaders=${names.join(';')}`]
  return { ...headers, authorization: `AWS4-HMAC-SHA256 ${[...parts, `Signature=${signature}`].join(', ')}` }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest()

/** RFC 3986: everything but unreserved characters is escaped. */
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
