import type { HttpAnswer } from './http-answer.ts'
import type { HttpRequest } from './http-request.ts'

export type Handler = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>

export type RouteOptions = {
  /** Refuses requests that a browser sends for another site's page: for what changes something. */
  readonly sameSite?: boolean
}

type Action = { readonly handle: Handler; readonly sameSite: boolean }

/** Everything that answers at one path. */
export type Route = {
  /** Such as `/api/v1/label/:name/values`. */
  readonly pattern: string
  readonly actions: ReadonlyMap<string, Action>
  /** Methods for the header `Allow`. */
  readonly allow: string
}

type MutableRoute = { pattern: string; actions: Map<string, Action>; allow: string }
type PatternRoute = { readonly segments: readonly string[]; readonly names: readonly string[]; route: MutableRoute }

/** Which handler answers which path. Escapes in a path are decoded segment by segment; a slash at its end counts for nothing. */
export type HttpApp = {
  /** Registers a handler for these methods of a path. A segment `:name` takes any text but the empty one. */
  route(methods: readonly string[], path: string, handler: Handler, options?: RouteOptions): void
  /** Registers what answers below `prefix` (which ends with a slash) where no route does; the longest prefix wins. */
  otherwise(prefix: string, handler: Handler): void
  /** Finds the route of a path and tells the request its parameters. */
  find(request: HttpRequest): Route | undefined
  /** The handler of `otherwise` for a path; the root's must be there. */
  fallback(path: string): Handler
}

/** Registers a handler for exactly these methods; others get 405 with `Allow`, as HTTP wants it. GET answers HEAD too. */
export function route(
  app: HttpApp,
  methods: readonly string[],
  path: string,
  handler: Handler,
  options?: RouteOptions,
): void {
  app.route(methods, path, handler, options)
}

export function createRouter(): HttpApp {
  const fixed = new Map<string, MutableRoute>()
  const patterns: PatternRoute[] = []
  const fallbacks: { readonly prefix: string; readonly handler: Handler }[] = []

  function routeAt(path: string): MutableRoute {
    const known = fixed.get(path) ?? patterns.find(({ route }) => route.pattern === path)?.route
    if (known) return known
    const added: MutableRoute = { pattern: path, actions: new Map(), allow: '' }
    if (path.includes(':')) {
      const segments = path.split('/')
      const names = segments.filter((segment) => segment.startsWith(':')).map((segment) => segment.slice(1))
      patterns.push({ segments, names, route: added })
    } else fixed.set(path, added)
    return added
  }

  /** Values of the pattern's parameters; undefined when the path is another one. */
  function match(pattern: PatternRoute, segments: readonly string[]): readonly string[] | undefined {
    if (pattern.segments.length !== segments.length) return undefined
    const values: string[] = []
    for (let i = 0; i < segments.length; i++) {
      const wanted = pattern.segments[i]!
      if (!wanted.startsWith(':')) {
        if (wanted !== segments[i]) return undefined
      } else if (segments[i] === '') return undefined
      else values.push(segments[i]!)
    }
    return values
  }

  return {
    route(methods, path, handle, { sameSite = false } = {}) {
      const { actions } = routeAt(path)
      for (const method of methods) actions.set(method, { handle, sameSite })
      const get = actions.get('GET')
      const named = [...actions.keys()].filter((method) => method !== 'HEAD')
      if (get) actions.set('HEAD', get)
      routeAt(path).allow = [...named, ...(get ? ['HEAD'] : []), 'OPTIONS'].join(', ')
    },
    otherwise(prefix, handler) {
      fallbacks.push({ prefix, handler })
      fallbacks.sort((a, b) => b.prefix.length - a.prefix.length)
    },
    find(request) {
      let { path } = request
      if (path.length > 1 && path.endsWith('/')) path = path.slice(0, -1)
      const known = fixed.get(path)
      if (known) return known
      const segments = path.includes('%') ? path.split('/').map(decodeSegment) : path.split('/')
      if (path.includes('%')) {
        const decoded = fixed.get(segments.join('/'))
        if (decoded && !segments.some((segment) => segment.includes('/'))) return decoded
      }
      for (const pattern of patterns) {
        const values = match(pattern, segments)
        if (!values) continue
        request.setParams(pattern.names, values)
        return pattern.route
      }
      return undefined
    },
    fallback(path) {
      const inside = `${path}/`
      // `OPTIONS *` asks about the server as a whole: that is the root's, the shortest prefix.
      const found = fallbacks.find(({ prefix }) => inside.startsWith(prefix)) ?? fallbacks.at(-1)
      if (!found) throw new Error('no fallback for the root')
      return found.handler
    },
  }
}

/** Escapes that are none, and bytes that are no UTF-8, stay as they are. */
function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment
  return segment.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes)
    } catch {
      return escapes
    }
  })
}
