/**
 * Where the engine listens, as plain data, so that it can be posted to worker threads. Holds the password in the clear
 * for that reason: never log it.
 */
export type EngineEndpoint =
  | { readonly kind: 'socket'; readonly path: string }
  | {
      readonly kind: 'url'
      /** `http://host:8123` or `https://host:8443`, without a path. */
      readonly url: string
      readonly user?: string
      readonly password?: string
      readonly database?: string
      readonly tls?: {
        /** PEM of the authority to trust instead of the system's. */
        readonly ca?: string
        readonly cert?: string
        readonly key?: string
        readonly serverName?: string
        readonly insecureSkipVerify?: boolean
      }
    }

/** For messages and logs: no user, no password. */
export function describeEndpoint(endpoint: EngineEndpoint): string {
  return endpoint.kind === 'socket' ? endpoint.path : new URL(endpoint.url).origin
}
