// HTTP as receivers need it: proxies, TLS, credentials, redirects, by `http_config`.
// In: one request. Out: its answer, bounded, or a failure that says whether another attempt may fare better.
// Promise: bounded connections; secrets and certificates are read at each request; credentials stay with their host.

export { createHttpClient, type HttpClient, MAX_REPLY_BYTES } from './http-client.ts'
export type { HttpClientDeps, HttpReply, HttpRequest } from './http-exchange.ts'
export {
  DEFAULT_HTTP,
  DEFAULT_TLS,
  type HttpOptions,
  NO_PROXY,
  type OAuth2Options,
  type ProxyOptions,
  type TlsOptions,
  type TlsVersion,
} from './http-options.ts'
export { RequestFailed } from './request-failed.ts'
export { readTls, type TlsSettings } from './tls.ts'
