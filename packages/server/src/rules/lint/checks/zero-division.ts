import { type BinaryExpr, type Expr, isComparison, metricName } from '@binnacle/promql'
import type { RuleCheck } from '../check.ts'
import { parts, selectors, some } from '../walk.ts'

/** Limits that are 0 where none is set, with what that means. */
const ZERO_MEANS: Readonly<Record<string, string>> = {
  redis_memory_max_bytes: 'where no maxmemory is set',
  redis_config_maxmemory: 'where no maxmemory is set',
  container_spec_memory_limit_bytes: 'for a container without a memory limit',
  container_spec_memory_swap_limit_bytes: 'for a container without a swap limit',
  container_spec_cpu_quota: 'for a container without a CPU limit',
}

export const zeroDivision: RuleCheck = {
  kind: 'rule',
  name: 'promql/zero_division',
  pint: ['promql/nan'],
  finds: 'Division by a limit that is 0 where none is set.',
  why: 'Something divided by 0 is +Inf, which is above every threshold: the alert fires for ever for whatever has no limit, and prints "+Inf%".',
  run(view, report) {
    const { ast } = view.rule
    for (const { node, parents } of parts(ast)) {
      if (node.kind !== 'binary' || node.op !== '/' || !parents.some(looksForMuch)) continue
      for (const selector of selectors(node.right)) {
        const name = metricName(selector)
        const when = name === undefined ? undefined : ZERO_MEANS[name]
        if (name === undefined || when === undefined || isGuarded(ast, name)) continue
        const message = `${name} is 0 ${when}: the division gives +Inf, which is above every threshold`
        report(view.at(selector), message, `leave those out: "/ (${name} > 0)"`)
      }
    }
  },
}

function looksForMuch(node: Expr): boolean {
  return node.kind === 'binary' && ['>', '>=', '!='].includes(node.op)
}

/** Whether the query compares the limit itself, or keeps it from being 0. */
function isGuarded(ast: Expr, name: string): boolean {
  const isLimit = (node: Expr) => node.kind === 'selector' && metricName(node) === name
  const compares = ({ left, right }: BinaryExpr) =>
    [left, right].some((side) => some(side, isLimit) && !some(side, ({ kind }) => kind === 'binary'))
  return some(
    ast,
    (node) =>
      (node.kind === 'binary' && isComparison(node.op) && compares(node)) ||
      (node.kind === 'call' && node.name.startsWith('clamp') && some(node, isLimit)),
  )
}
