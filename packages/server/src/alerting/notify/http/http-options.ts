import type { SecretSource } from '../secret-source.ts'

export type TlsVersion = 'TLS10' | 'TLS11' | 'TLS12' | 'TLS13'

/** Texts (PEM) and files; files are absolute and are read anew at each attempt, so that rotated ones are picked up. */
export type TlsOptions = {
  readonly ca?: string
  readonly caFile?: string
  readonly cert?: string
  readonly certFile?: string
  readonly key?: SecretSource
  readonly serverName?: string
  readonly insecureSkipVerify: boolean
  readonly minVersion?: TlsVersion
  readonly maxVersion?: TlsVersion
}

export type ProxyOptions = {
  /** `http://` or `https://`, may hold a user and a password. */
  readonly url?: SecretSource
  /** Comma-separated hosts, domains, addresses and CIDR blocks that are reached directly. */
  readonly noProxy?: string
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the process, in either case. */
  readonly fromEnvironment: boolean
  /** Sent with CONNECT only. */
  readonly connectHeaders: readonly { readonly name: string; readonly values: readonly SecretSource[] }[]
}

export type OAuth2Options = {
  readonly clientId: string
  readonly clientSecret?: SecretSource
  readonly tokenUrl: string
  readonly scopes: readonly string[]
  readonly endpointParams: Readonly<Record<string, string>>
  readonly tls: TlsOptions
  readonly proxy: ProxyOptions
}

/** How a receiver's server is reached. Source: Alertmanager's documentation, "Configuration", `<http_config>`. */
export type HttpOptions = {
  readonly basicAuth?: {
    readonly username: string
    readonly usernameFile?: string
    readonly password?: SecretSource
  }
  /** Sent as `Authorization: <type> <credentials>`. */
  readonly authorization?: { readonly type: string; readonly credentials?: SecretSource }
  readonly oauth2?: OAuth2Options
  readonly tls: TlsOptions
  readonly proxy: ProxyOptions
  readonly followRedirects: boolean
  readonly headers: readonly {
    readonly name: string
    readonly values: readonly string[]
    readonly secrets: readonly SecretSource[]
  }[]
}

export const NO_PROXY: ProxyOptions = { fromEnvironment: false, connectHeaders: [] }
export const DEFAULT_TLS: TlsOptions = { insecureSkipVerify: false }

/** What counts where no `http_config` is given. */
export const DEFAULT_HTTP: HttpOptions = { tls: DEFAULT_TLS, proxy: NO_PROXY, followRedirects: true, headers: [] }
