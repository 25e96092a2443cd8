import { randomBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { acceptsGzip } from '../compress.ts'
import { type HttpAnswer, textAnswer } from '../http-answer.ts'
import type { HttpRequest } from '../http-request.ts'
import type { Handler } from '../router.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
}
const COMPRESSIBLE = new Set(['.html', '.js', '.css', '.json', '.map', '.svg', '.txt', '.webmanifest'])
const NONCE = '__BINNACLE_NONCE__'
/** Files with their compressed copies kept in memory, bytes; past it files are read each time and sent as they are. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024
const MAX_FILE_BYTES = 16 * 1024 * 1024

const gzipAsync = promisify(gzip)
const brotliAsync = promisify(brotliCompress)

type Asset = { readonly mtimeMs: number; readonly plain: Buffer; readonly gzip?: Buffer; readonly brotli?: Buffer }

export type Pages = { readonly handle: Handler }

/** Serves `folder`. Paths without an extension are places inside the page and get index.html. */
export function createPages(folder: string): Pages {
  const kept = new Map<string, Asset>()
  let keptBytes = 0

  async function load(path: string): Promise<Asset | undefined> {
    const file = join(folder, path)
    const found = await stat(file).catch(() => undefined)
    if (!found?.isFile() || found.size > MAX_FILE_BYTES) return undefined
    const known = kept.get(path)
    if (known?.mtimeMs === found.mtimeMs) return known
    if (known) {
      kept.delete(path)
      keptBytes -= sizeOf(known)
    }
    const plain = await readFile(file)
    const worth = COMPRESSIBLE.has(extname(path)) && plain.length > 1024
    // Once for each file, and only while there is room to keep it. Quality 9 takes some 10 ms for a typical script.
    const hasRoom = keptBytes + plain.length * 2 <= MAX_KEPT_BYTES
    const asset: Asset =
      worth && hasRoom
        ? {
            mtimeMs: found.mtimeMs,
            plain,
            gzip: await gzipAsync(plain, { level: 9 }),
            brotli: await brotliAsync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
          }
        : { mtimeMs: found.mtimeMs, plain }
    if (hasRoom && !kept.has(path)) {
      kept.set(path, asset)
      keptBytes += sizeOf(asset)
    }
    return asset
  }

  async function indexAnswer(request: HttpRequest): Promise<HttpAnswer> {
    const index = await load('index.html')
    const nonce = randomBytes(18).toString('base64')
    const headers: Record<string, string> = {
      'content-type': TYPES['.html']!,
      'cache-control': 'no-cache',
      'content-security-policy': pagePolicy(nonce),
    }
    if (!index) return { status: 503, body: missingBuildPage(nonce), headers }
    const html = Buffer.from(index.plain.toString('utf8').replaceAll(NONCE, nonce))
    headers.vary = 'Accept-Encoding'
    if (html.length < 1024 || !acceptsGzip(request.header('accept-encoding'))) {
      return { status: 200, body: [html], headers }
    }
    headers['content-encoding'] = 'gzip'
    return { status: 200, body: [await gzipAsync(html)], headers }
  }

  return {
    async handle(request) {
      if (request.method !== 'GET' && request.method !== 'HEAD')
        return textAnswer('Method Not Allowed\n', 405, { allow: 'GET, HEAD' })
      const path = safePath(request.path)
      if (path === undefined) return textAnswer('404 page not found\n', 404)
      const extension = extname(path)
      if (extension === '' || path === 'index.html') return indexAnswer(request)
      const asset = await load(path)
      if (!asset) return textAnswer('404 page not found\n', 404)
      const etag = `W/"${asset.plain.length}-${Math.floor(asset.mtimeMs)}"`
      if (request.header('if-none-match') === etag) return { status: 304, headers: { etag } }
      const headers: Record<string, string> = {
        etag,
        'content-type': TYPES[extension] ?? 'application/octet-stream',
        // Vite puts a hash of the content into the names under assets/.
        'cache-control': path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      }
      let body = asset.plain
      if (asset.gzip && asset.brotli) {
        headers.vary = 'Accept-Encoding'
        const accepted = request.header('accept-encoding') ?? ''
        if (/(^|[\s,])br\s*(,|$)/.test(accepted)) {
          body = asset.brotli
          headers['content-encoding'] = 'br'
        } else if (acceptsGzip(accepted)) {
          body = asset.gzip
          headers['content-encoding'] = 'gzip'
        }
      }
      return { status: 200, body: [body], headers }
    },
  }
}

/** Path inside the folder without a leading slash; undefined for what would leave it. */
function safePath(path: string): string | undefined {
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return undefined
  }
  if (decoded.includes('\0') || decoded.includes('\\')) return undefined
  const clean = normalize(decoded).replace(/^\/+/, '')
  if (clean.split('/').some((part) => part.startsWith('.') && part !== '.')) return undefined
  return clean
}

function pagePolicy(nonce: string): string {
  return [
    "default-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "script-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function missingBuildPage(nonce: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Binnacle: pages are not built</title>
<style nonce="${nonce}">body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}</style>
<h1>The pages are not built</h1>
<p>Binnacle runs and its APIs answer, but the web package has no build. Run <code>npm run build</code> in the folder of
Binnacle and load this page again.</p></html>
`
}

function sizeOf(asset: Asset): number {
  return asset.plain.length + (asset.gzip?.length ?? 0) + (asset.brotli?.length ?? 0)
}
