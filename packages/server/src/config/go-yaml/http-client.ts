import { isAbsolute, join } from 'node:path'
import { z } from 'zod'
import type { Secret, YamlPath } from '../index.ts'
import { flag, oneOf, plainMap, secret, text, textList } from './fields.ts'

export type TlsVersion = 'TLS10' | 'TLS11' | 'TLS12' | 'TLS13'

/** How to reach a target. Files are absolute and are read anew at each use, so that rotated secrets are picked up. */
export type HttpClientConfig = {
  /** Sent as `Authorization: <type> <credentials>`. */
  readonly authorization:
    | { readonly type: string; readonly credentials: Secret | undefined; readonly credentialsFile: string | undefined }
    | undefined
  readonly basicAuth:
    | {
        readonly username: string | undefined
        readonly usernameFile: string | undefined
        readonly password: Secret | undefined
        readonly passwordFile: string | undefined
      }
    | undefined
  readonly tls: TlsConfig
  readonly followRedirects: boolean
  readonly headers: readonly {
    readonly name: string
    readonly values: readonly string[]
    readonly secrets: readonly Secret[]
    readonly files: readonly string[]
  }[]
}

export type TlsConfig = {
  readonly ca: string | undefined
  readonly caFile: string | undefined
  readonly cert: string | undefined
  readonly certFile: string | undefined
  readonly key: Secret | undefined
  readonly keyFile: string | undefined
  readonly serverName: string | undefined
  readonly insecureSkipVerify: boolean
  readonly minVersion: TlsVersion | undefined
  readonly maxVersion: TlsVersion | undefined
}

const TLS_VERSIONS = ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const

/** `<tls_config>`. */
export const tlsSchema = z.strictObject({
  ca: text,
  cert: text,
  key: secret,
  ca_file: text,
  cert_file: text,
  key_file: text,
  ca_ref: text,
  cert_ref: text,
  key_ref: text,
  server_name: text,
  insecure_skip_verify: flag,
  min_version: oneOf(TLS_VERSIONS),
  max_version: oneOf(TLS_VERSIONS),
})

const secretList = z
  .array(secret, { error: 'expected a list' })
  .nullable()
  .optional()
  .transform((values) => (values ?? []).filter((value) => value !== undefined))

const headerLists = z
  .record(z.string(), secretList, { error: 'expected header names and their values' })
  .nullable()
  .optional()

/** Keys of `<http_config>` as they stand inline in a scrape config. Source: prometheus.io "Configuration". */
export const httpClientShape = {
  basic_auth: z
    .strictObject({
      username: text,
      username_file: text,
      username_ref: text,
      password: secret,
      password_file: text,
      password_ref: text,
    })
    .nullable()
    .optional(),
  authorization: z
    .strictObject({ type: text, credentials: secret, credentials_file: text, credentials_ref: text })
    .nullable()
    .optional(),
  oauth2: z
    .strictObject({
      client_id: text,
      client_secret: secret,
      client_secret_file: text,
      client_secret_ref: text,
      scopes: textList,
      token_url: text,
      endpoint_params: plainMap,
      tls_config: tlsSchema.nullable().optional(),
      proxy_url: text,
      no_proxy: text,
      proxy_from_environment: flag,
      proxy_connect_header: headerLists,
    })
    .nullable()
    .optional(),
  bearer_token: secret,
  bearer_token_file: text,
  tls_config: tlsSchema.nullable().optional(),
  follow_redirects: flag,
  enable_http2: flag,
  proxy_url: text,
  no_proxy: text,
  proxy_from_environment: flag,
  proxy_connect_header: headerLists,
  http_headers: z
    .record(
      z.string(),
      z.strictObject({ values: textList, secrets: secretList, files: textList }).nullable().optional(),
      { error: 'expected header names and their values' },
    )
    .nullable()
    .optional(),
} as const

const shapeSchema = z.strictObject(httpClientShape)
export type HttpClientInput = z.output<typeof shapeSchema>
export type TlsInput = z.output<typeof tlsSchema>

/** Headers that the client sets itself. Source: prometheus/common config/headers.go, `reservedHeaders`. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set(
  [
    'Authorization',
    'Host',
    'Content-Encoding',
    'Content-Length',
    'Content-Type',
    'User-Agent',
    'Connection',
    'Keep-Alive',
  ]
    .concat(['Proxy-Authenticate', 'Proxy-Authorization', 'Www-Authenticate', 'Accept-Encoding'])
    .concat([
      'X-Prometheus-Remote-Write-Version',
      'X-Prometheus-Remote-Read-Version',
      'X-Prometheus-Scrape-Timeout-Seconds',
    ])
    .concat(['X-Amz-Date', 'X-Amz-Security-Token', 'X-Amz-Content-Sha256'])
    .map((name) => name.toLowerCase()),
)

export type Report = (message: string, path: YamlPath) => void

/** Settings that exclude one another. Source: prometheus/common config/http_config.go, `Validate`. */
export function checkHttpClient(given: HttpClientInput, refuse: Report): void {
  const { basic_auth: basic, authorization, oauth2, tls_config: tls } = given
  if (given.bearer_token && given.bearer_token_file) {
    refuse('at most one of bearer_token & bearer_token_file must be configured', ['bearer_token_file'])
  }
  const bearer = given.bearer_token !== undefined || given.bearer_token_file !== undefined
  if ((basic || oauth2) && bearer) {
    refuse('at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured', [
      basic ? 'basic_auth' : 'oauth2',
    ])
  }
  if (basic) {
    checkOne('basic_auth username', ['username', 'username_file', 'username_ref'], basic, ['basic_auth'], refuse)
    checkOne('basic_auth password', ['password', 'password_file', 'password_ref'], basic, ['basic_auth'], refuse)
  }
  if (authorization) {
    if (bearer) refuse('authorization is not compatible with bearer_token & bearer_token_file', ['authorization'])
    const keys = ['credentials', 'credentials_file', 'credentials_ref']
    checkOne('authorization', keys, authorization, ['authorization'], refuse)
    if (authorization.type?.trim().toLowerCase() === 'basic') {
      refuse('authorization type cannot be set to "basic", use "basic_auth" instead', ['authorization', 'type'])
    }
  }
  if ((basic && authorization) || (basic && oauth2) || (authorization && oauth2)) {
    refuse('at most one of basic_auth, oauth2 & authorization must be configured', [
      authorization ? 'authorization' : 'oauth2',
    ])
  }
  if (oauth2) {
    if (!oauth2.client_id) refuse('oauth2 client_id must be configured', ['oauth2'])
    if (!oauth2.token_url) refuse('oauth2 token_url must be configured', ['oauth2'])
    const keys = ['client_secret', 'client_secret_file', 'client_secret_ref']
    checkOne('oauth2 client_secret', keys, oauth2, ['oauth2'], refuse)
    if (oauth2.tls_config) checkTls(oauth2.tls_config, ['oauth2', 'tls_config'], refuse)
  }
  if (tls) checkTls(tls, ['tls_config'], refuse)
  if (given.no_proxy && !given.proxy_url) {
    refuse('if no_proxy is configured, proxy_url must also be configured', ['no_proxy'])
  }
  if (given.proxy_from_environment && given.proxy_url) {
    refuse('if proxy_from_environment is configured, proxy_url must not be configured', ['proxy_from_environment'])
  }
  if (given.proxy_connect_header && !given.proxy_url && !given.proxy_from_environment) {
    const message = 'if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured'
    refuse(message, ['proxy_connect_header'])
  }
  for (const name of Object.keys(given.http_headers ?? {})) {
    if (RESERVED_HEADERS.has(name.toLowerCase()))
      refuse(`setting header "${name}" is not allowed`, ['http_headers', name])
  }
}

function checkTls(tls: TlsInput, path: YamlPath, refuse: Report): void {
  checkOne('', ['ca', 'ca_file', 'ca_ref'], tls, path, refuse)
  checkOne('', ['cert', 'cert_file', 'cert_ref'], tls, path, refuse)
  checkOne('', ['key', 'key_file', 'key_ref'], tls, path, refuse)
  const cert = tls.cert ?? tls.cert_file ?? tls.cert_ref
  const key = tls.key ?? tls.key_file ?? tls.key_ref
  if (cert !== undefined && key === undefined) {
    refuse('exactly one of key or key_file must be configured when a client certificate is configured', path)
  }
  if (key !== undefined && cert === undefined) {
    refuse('exactly one of cert or cert_file must be configured when a client key is configured', path)
  }
}

function checkOne(title: string, keys: string[], given: object, path: YamlPath, refuse: Report): void {
  const set = keys.filter((key) => {
    const value = (given as Record<string, unknown>)[key]
    return value !== undefined && value !== ''
  })
  if (set.length <= 1) return
  const prefix = title === '' ? '' : `${title.replace(/ .*/, '')} `
  refuse(`at most one of ${prefix}${keys.join(', ')} must be configured`, [...path, set[1]!])
}

/** Relative paths count from the directory of the configuration file. */
export function toHttpClient(given: HttpClientInput, directory: string): HttpClientConfig {
  const { basic_auth: basic, authorization, tls_config: tls } = given
  const file = (path: string | undefined) =>
    path === undefined || path === '' ? undefined : resolveIn(directory, path)
  const bearer = given.bearer_token !== undefined || given.bearer_token_file !== undefined
  return {
    authorization: authorization
      ? {
          type: authorization.type?.trim() || 'Bearer',
          credentials: authorization.credentials,
          credentialsFile: file(authorization.credentials_file),
        }
      : bearer
        ? { type: 'Bearer', credentials: given.bearer_token, credentialsFile: file(given.bearer_token_file) }
        : undefined,
    basicAuth: basic
      ? {
          username: basic.username,
          usernameFile: file(basic.username_file),
          password: basic.password,
          passwordFile: file(basic.password_file),
        }
      : undefined,
    tls: {
      ca: tls?.ca,
      caFile: file(tls?.ca_file),
      cert: tls?.cert,
      certFile: file(tls?.cert_file),
      key: tls?.key,
      keyFile: file(tls?.key_file),
      serverName: tls?.server_name,
      insecureSkipVerify: tls?.insecure_skip_verify ?? false,
      minVersion: tls?.min_version,
      maxVersion: tls?.max_version,
    },
    followRedirects: given.follow_redirects ?? true,
    headers: Object.entries(given.http_headers ?? {}).map(([name, header]) => ({
      name,
      values: header?.values ?? [],
      secrets: header?.secrets ?? [],
      files: (header?.files ?? []).map((path) => resolveIn(directory, path)),
    })),
  }
}

export function resolveIn(directory: string, path: string): string {
  return isAbsolute(path) ? path : join(directory, path)
}
