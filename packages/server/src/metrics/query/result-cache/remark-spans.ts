/** Warnings and infos of the steps from `fromMs` to `toMs` (Unix ms, inclusive). */
export type RemarkSpan = {
  readonly fromMs: number
  readonly toMs: number
  readonly warnings: readonly string[]
  readonly infos: readonly string[]
  /** False when the steps were some of more that were evaluated together: each remark may be one of the others'. */
  readonly exact: boolean
}

/** So many spans are told apart; of more the oldest become one. */
const MAX_SPANS = 64

/** What the spans say of the steps from `fromMs` to `toMs` alone. */
export function clipSpans(spans: readonly RemarkSpan[], fromMs: number, toMs: number): readonly RemarkSpan[] {
  const clipped: RemarkSpan[] = []
  for (const span of spans) {
    if (span.toMs < fromMs || span.fromMs > toMs) continue
    if (span.fromMs >= fromMs && span.toMs <= toMs) clipped.push(span)
    else {
      const exact = span.exact && isPlain(span)
      clipped.push({ ...span, fromMs: Math.max(span.fromMs, fromMs), toMs: Math.min(span.toMs, toMs), exact })
    }
  }
  return clipped
}

/** The remarks of all spans together; undefined when one of them may be of a step that is in none. */
export function remarksOf(
  spans: readonly RemarkSpan[],
): { readonly warnings: readonly string[]; readonly infos: readonly string[] } | undefined {
  const exact = spans.filter((span) => span.exact)
  const warnings = union(exact.map((span) => span.warnings))
  const infos = union(exact.map((span) => span.infos))
  const sure = new Set([...warnings, ...infos])
  const open = spans.some((span) => [...span.warnings, ...span.infos].some((remark) => !sure.has(remark)))
  return open ? undefined : { warnings, infos }
}

/** The spans, which follow one another, in fewer objects: neighbours without remarks become one. */
export function joinSpans(spans: readonly RemarkSpan[]): readonly RemarkSpan[] {
  const joined: RemarkSpan[] = []
  for (const span of spans) {
    const last = joined[joined.length - 1]
    if (last !== undefined && isPlain(last) && isPlain(span)) joined[joined.length - 1] = { ...last, toMs: span.toMs }
    else joined.push(span)
  }
  while (joined.length > MAX_SPANS) {
    const [first, second] = joined.splice(0, 2) as [RemarkSpan, RemarkSpan]
    joined.unshift({
      fromMs: first.fromMs,
      toMs: second.toMs,
      warnings: union([first.warnings, second.warnings]),
      infos: union([first.infos, second.infos]),
      exact: first.exact && second.exact,
    })
  }
  return joined
}

const isPlain = (span: RemarkSpan) => span.warnings.length === 0 && span.infos.length === 0

function union(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort()
}
