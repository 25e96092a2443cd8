import { flag, type HttpClientInput, resolveIn, type TlsInput } from '../../config/go-yaml/index.ts'
import { Secret } from '../../config/index.ts'
import type { HttpOptions, ProxyOptions, TlsOptions } from './http/index.ts'
import { DEFAULT_HTTP } from './http/index.ts'
import { checkHttpConfig, type HttpConfig, httpConfigSchema } from './http-config.ts'
import type { ReceiverContext } from './receiver-kind.ts'
import type { SecretSource } from './secret-source.ts'

/** What the sections of all receivers that speak HTTP have. */
export const receiverShape = { send_resolved: flag, http_config: httpConfigSchema } as const

/** A secret that is written down or lies in a file; `undefined` without either. Relative paths count from `directory`. */
export function toSource(
  value: Secret | undefined,
  file: string | undefined,
  directory: string,
): SecretSource | undefined {
  if (value !== undefined) return { value }
  return file === undefined || file === '' ? undefined : { file: resolveIn(directory, file) }
}

/** Reports when more than one of two keys is given. */
export function onlyOne<K extends string>(
  given: Readonly<Partial<Record<K, unknown>>>,
  [one, other]: readonly [K, K],
  { report }: ReceiverContext,
): void {
  const isGiven = (key: K) => given[key] !== undefined && given[key] !== ''
  if (isGiven(one) && isGiven(other)) report(`at most one of ${one} & ${other} must be configured`, [other])
}

/** The receiver's own `http_config`, checked, or the global one as a whole. */
export function toHttpOptions(given: HttpConfig | null | undefined, context: ReceiverContext): HttpOptions {
  checkHttpConfig(given, context.report)
  return httpOptions(given ?? context.globals.http_config, context.directory)
}

export function httpOptions(given: HttpClientInput | undefined, directory: string): HttpOptions {
  if (given === undefined) return DEFAULT_HTTP
  const { basic_auth: basic, authorization, oauth2 } = given
  const bearer = toSource(given.bearer_token, given.bearer_token_file, directory)
  const password = toSource(basic?.password, basic?.password_file, directory)
  const credentials =
    authorization == null ? bearer : toSource(authorization.credentials, authorization.credentials_file, directory)
  const clientSecret = toSource(oauth2?.client_secret, oauth2?.client_secret_file, directory)
  return {
    ...(basic == null
      ? {}
      : {
          basicAuth: {
            username: basic.username ?? '',
            ...(basic.username_file ? { usernameFile: resolveIn(directory, basic.username_file) } : {}),
            ...(password === undefined ? {} : { password }),
          },
        }),
    ...(credentials === undefined
      ? {}
      : { authorization: { type: authorization?.type?.trim() || 'Bearer', credentials } }),
    ...(oauth2 == null
      ? {}
      : {
          oauth2: {
            clientId: oauth2.client_id ?? '',
            ...(clientSecret === undefined ? {} : { clientSecret }),
            tokenUrl: oauth2.token_url ?? '',
            scopes: oauth2.scopes ?? [],
            endpointParams: oauth2.endpoint_params ?? {},
            tls: tlsOptions(oauth2.tls_config, directory),
            proxy: proxyOptions(oauth2),
          },
        }),
    tls: tlsOptions(given.tls_config, directory),
    proxy: proxyOptions(given),
    followRedirects: given.follow_redirects ?? true,
    headers: Object.entries(given.http_headers ?? {}).map(([name, header]) => ({
      name,
      values: header?.values ?? [],
      secrets: [
        ...(header?.secrets ?? []).map((value) => ({ value })),
        ...(header?.files ?? []).map((file) => ({ file: resolveIn(directory, file) })),
      ],
    })),
  }
}

export function tlsOptions(given: TlsInput | null | undefined, directory: string): TlsOptions {
  const file = (path: string | undefined) => (path ? resolveIn(directory, path) : undefined)
  const key = toSource(given?.key, given?.key_file, directory)
  return defined({
    insecureSkipVerify: given?.insecure_skip_verify ?? false,
    ca: given?.ca,
    caFile: file(given?.ca_file),
    cert: given?.cert,
    certFile: file(given?.cert_file),
    key,
    serverName: given?.server_name,
    minVersion: given?.min_version,
    maxVersion: given?.max_version,
  })
}

type ProxyInput = Pick<HttpClientInput, 'proxy_url' | 'no_proxy' | 'proxy_from_environment' | 'proxy_connect_header'>

function proxyOptions(given: ProxyInput): ProxyOptions {
  return {
    // It may hold a password: it is treated as a secret as a whole.
    ...(given.proxy_url ? { url: { value: new Secret(given.proxy_url) } } : {}),
    ...(given.no_proxy ? { noProxy: given.no_proxy } : {}),
    fromEnvironment: given.proxy_from_environment ?? false,
    connectHeaders: Object.entries(given.proxy_connect_header ?? {}).map(([name, values]) => ({
      name,
      values: (values ?? []).map((value) => ({ value })),
    })),
  }
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** Without the entries that are `undefined`. */
function defined<T extends object>(given: T): Defined<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<T>
}
