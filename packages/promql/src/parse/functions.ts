import type { ValueKind } from './ast.ts'

export type FunctionInfo = {
  readonly name: string
  readonly args: readonly ValueKind[]
  /** How many of the last argument may be left out or (negative: without bound) repeated, as Prometheus counts it. */
  readonly variadic: number
  readonly returns: ValueKind
  readonly experimental: boolean
  /** As a reader would write it: `rate(v range-vector)`. */
  readonly signature: string
  readonly doc: string
}

const NAMES: Record<ValueKind, string> = {
  scalar: 'scalar',
  vector: 'instant-vector',
  matrix: 'range-vector',
  string: 'string',
}
const KINDS: Record<string, ValueKind> = { s: 'scalar', v: 'vector', m: 'matrix', t: 'string' }

const table = new Map<string, FunctionInfo>()

/** `args`: one letter an argument: v(ector), m(atrix), s(calar), t(ext). */
function define(names: string, args: string, doc: string, more: Partial<FunctionInfo> = {}): void {
  for (const name of names.split(' ')) {
    const kinds = [...args].map((letter) => KINDS[letter]!)
    const variadic = more.variadic ?? 0
    const shown = kinds.map((kind, i) => {
      const optional = variadic !== 0 && i === kinds.length - 1
      return optional ? (variadic < 0 ? `...${NAMES[kind]}` : `[${NAMES[kind]}]`) : NAMES[kind]
    })
    table.set(
      name,
      Object.freeze({
        name,
        args: Object.freeze(kinds),
        variadic,
        returns: more.returns ?? 'vector',
        experimental: more.experimental ?? false,
        signature: `${name}(${shown.join(', ')})`,
        doc: doc.replaceAll('{}', name.replace(/_over_time$/, '').replaceAll('_', ' ')),
      }),
    )
  }
}

define('rate', 'm', 'Average increase per second of a counter over the range; counter resets are accounted for.')
define('increase', 'm', 'How much a counter grew over the range, extrapolated to its ends; resets are accounted for.')
define('irate', 'm', 'Increase per second of a counter between the last two samples of the range.')
define('delta', 'm', 'Difference between last and first value of a gauge, extrapolated to the ends of the range.')
define('idelta', 'm', 'Difference between the last two samples of the range.')
define('deriv', 'm', 'Slope per second of a gauge over the range, by linear regression.')
define('predict_linear', 'ms', 'Value of a gauge in so many seconds, by linear regression over the range.')
define('changes', 'm', 'How often the value changed within the range.')
define('resets', 'm', 'How often a counter was reset within the range.')
define(
  'avg_over_time min_over_time max_over_time sum_over_time count_over_time',
  'm',
  'The {} of all samples in the range.',
)
define('last_over_time first_over_time', 'm', 'The {} sample of the range.')
define('present_over_time', 'm', '1 for every series that has a sample in the range.')
define('absent_over_time', 'm', '1 when the range vector has no samples, otherwise nothing.')
define('quantile_over_time', 'sm', 'The φ-quantile (0 to 1) of the samples in the range.')
define('stddev_over_time', 'm', 'Population standard deviation of the samples in the range.')
define('stdvar_over_time', 'm', 'Population variance of the samples in the range.')
define('mad_over_time', 'm', 'Median absolute deviation of the samples in the range.', { experimental: true })
define(
  'ts_of_min_over_time ts_of_max_over_time ts_of_first_over_time ts_of_last_over_time',
  'm',
  'Unix time in seconds of the sample in the range that the name says.',
  { experimental: true },
)
define('double_exponential_smoothing', 'mss', 'Smoothed value: smoothing factor, then trend factor (both 0 to 1).', {
  experimental: true,
})
define('abs ceil floor exp sqrt sgn', 'v', 'The {} of every value.')
define('ln log2 log10', 'v', 'Logarithm of every value: {}.')
define(
  'acos acosh asin asinh atan atanh cos cosh sin sinh tan tanh',
  'v',
  'Trigonometry: {} of every value, in radians.',
)
define('deg', 'v', 'Radians to degrees.')
define('rad', 'v', 'Degrees to radians.')
define('pi', '', 'The number π.', { returns: 'scalar' })
define('round', 'vs', 'Rounds to the nearest multiple of the second argument (default 1), ties up.', { variadic: 1 })
define('clamp', 'vss', 'Keeps every value between minimum and maximum.')
define('clamp_min', 'vs', 'Raises lower values to the minimum.')
define('clamp_max', 'vs', 'Lowers higher values to the maximum.')
define('absent', 'v', '1 when the vector is empty, otherwise nothing; its labels come from the selector.')
define('scalar', 'v', 'The value of a vector with exactly one element, otherwise NaN.', { returns: 'scalar' })
define('vector', 's', 'The scalar as a vector without labels.')
define('time', '', 'Unix time of the evaluation, in seconds.', { returns: 'scalar' })
define('timestamp', 'v', 'Unix time in seconds of every sample.')
define(
  'year month day_of_month day_of_week day_of_year days_in_month hour minute',
  'v',
  'The {} in UTC of each value taken as Unix time (default: the evaluation time).',
  { variadic: 1 },
)
define('sort', 'v', 'Sorted by value, ascending; only in instant queries.')
define('sort_desc', 'v', 'Sorted by value, descending; only in instant queries.')
define('sort_by_label', 'vt', 'Sorted by the given labels in natural order, ascending.', {
  variadic: -1,
  experimental: true,
})
define('sort_by_label_desc', 'vt', 'Sorted by the given labels in natural order, descending.', {
  variadic: -1,
  experimental: true,
})
define(
  'label_replace',
  'vtttt',
  'Where regex (5th) matches the source label (4th), sets the destination label (2nd) to the replacement (3rd).',
)
define('label_join', 'vttt', 'Sets the destination label (2nd) to the source labels joined by the separator (3rd).', {
  variadic: -1,
})
define('histogram_quantile', 'sv', 'The φ-quantile (0 to 1) of a histogram, from its le buckets.')
define('histogram_fraction', 'ssv', 'Estimated fraction of observations between lower and upper value.')
define('histogram_quantiles', 'vtss', 'Several quantiles of a histogram at once, told apart by a label.', {
  variadic: 9,
  experimental: true,
})
define(
  'histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar',
  'v',
  'The {} of native histograms; samples that are plain numbers are left out.',
)
define('info', 'vv', 'Adds the labels of matching info metrics.', { variadic: 1, experimental: true })
define('start_timestamp', 'v', 'Start time of every sample.', { experimental: true })
define('start end step range', '', 'The {} of the query, in seconds.', { returns: 'scalar', experimental: true })
define('max_of min_of', 'ss', 'The larger (max_of) or smaller (min_of) of two scalars.', {
  returns: 'scalar',
  experimental: true,
})

/** Undefined for a name that PromQL does not know. */
export function functionInfo(name: string): FunctionInfo | undefined {
  return table.get(name)
}

/** All functions, by name: for completion and hover. */
export function describeFunctions(): readonly FunctionInfo[] {
  return [...table.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
