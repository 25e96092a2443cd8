import type { PromqlFeatures } from './features.ts'
import { AGGREGATE_OPERATORS, ARITHMETIC, COMPARISONS, describeFunctions, SET_OPERATORS } from './parse/index.ts'

export type FeatureTable = {
  readonly promql: Readonly<Record<string, boolean>>
  readonly promql_functions: Readonly<Record<string, boolean>>
  readonly promql_operators: Readonly<Record<string, boolean>>
}

const KEYWORDS = 'bool by group_left group_right ignoring offset on without'.split(' ')
const FILL_KEYWORDS = ['fill', 'fill_left', 'fill_right']
const OTHER_OPERATORS = ['</', '>/', '=~', '!~', '@']
const EXPERIMENTAL_AGGREGATIONS: ReadonlySet<string> = new Set(['limitk', 'limit_ratio'])

/** Which words, functions and operators can be used. Source: Prometheus, HTTP API, `/api/v1/features`. */
export function describeFeatures(features: PromqlFeatures): FeatureTable {
  const experimental = features.has('promql-experimental-functions')
  const all = (names: readonly string[], on = true) => names.map((name) => [name, on] as const)
  return {
    promql: Object.fromEntries([
      ...all(KEYWORDS),
      ...all(['anchored', 'smoothed'], features.has('promql-extended-range-selectors')),
      ...all(FILL_KEYWORDS, features.has('promql-binop-fill-modifiers')),
      ...all(['at_modifier', 'negative_offset', 'per_query_lookback_delta', 'subqueries']),
      ['delayed_name_removal', features.has('promql-delayed-name-removal')],
      ['type_and_unit_labels', features.has('type-and-unit-labels')],
      ['duration_expr', features.has('promql-duration-expr')],
      ['per_step_stats', features.has('promql-per-step-stats')],
    ]),
    promql_functions: Object.fromEntries(
      describeFunctions().map((one) => [one.name, !one.experimental || experimental] as const),
    ),
    promql_operators: Object.fromEntries([
      ...all([...ARITHMETIC, ...COMPARISONS, ...SET_OPERATORS, ...OTHER_OPERATORS]),
      ...AGGREGATE_OPERATORS.map((name) => [name, !EXPERIMENTAL_AGGREGATIONS.has(name) || experimental] as const),
    ]),
  }
}
