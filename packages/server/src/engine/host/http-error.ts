/** Code, name and text of a failure as ClickHouse's HTTP interface gives them. */
export type HostFailure = { readonly status: number; readonly code: number; readonly text: string }

// Source: ClickHouse docs, "HTTP interface", and the numbers of its system.errors.
const NOT_FOUND = new Set([16, 46, 47, 50, 56, 60, 63, 81, 115])
const BAD_REQUEST = new Set([6, 25, 26, 27, 36, 38, 41, 42, 43, 52, 53, 62, 70, 72, 80])

export function clickhouseFailure(code: number, name: string, message: string): HostFailure {
  return { status: statusOf(code), code, text: `Code: ${code}. DB::Exception: ${message}. (${name})\n` }
}

/** What the engine has thrown; its text is in ClickHouse's form already. */
export function engineFailure(error: unknown): HostFailure {
  const text = error instanceof Error ? error.message : String(error)
  const code = Number(/Code: (\d+)\. DB::Exception/.exec(text)?.[1] ?? 0)
  if (code === 0) return clickhouseFailure(1002, 'UNKNOWN_EXCEPTION', text)
  return { status: statusOf(code), code, text: `${text.slice(text.indexOf('Code: '))}\n` }
}

function statusOf(code: number): number {
  if (NOT_FOUND.has(code)) return 404
  if (BAD_REQUEST.has(code)) return 400
  if (code === 516) return 403
  if (code === 159) return 408
  if (code === 202) return 503
  if (code === 223) return 413
  return 500
}
