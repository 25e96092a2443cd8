import { BOUNDS, INSTANCES, JOBS } from './dataset.ts'
import type { Random } from './random.ts'

/*
 * Random queries over the data of `dataset.ts`, from the grammar outwards. All of the stable float language; they
 * type-check nearly always, and now and then fail on purpose. What is left out on purpose:
 *
 * - topk, bottomk, sort and count_values only over stored samples. Over computed values that are equal in theory, the
 *   last bit decides who is chosen, how it sorts or what the label says, and the last bit is not promised.
 * - topk and bottomk only over metrics whose values differ: which one of equals is chosen depends on Prometheus's order
 *   of reading series, which it does not promise.
 * - functions of dates only over times: Go's dates of numbers that are no time depend on the processor.
 * - histogram_quantile with quantiles that can fall on the very edge of a bucket (0.9 of 10 observations): the last bit
 *   decides which side it is, and with empty buckets behind it the answer jumps.
 * - histogram_fraction with a bound inside the lowest bucket: 3.5 takes that bucket to begin at -Inf, which gives NaN;
 *   later versions, as we, take it to begin at 0 (prometheus/prometheus#17424).
 * - rate, increase, irate, resets and changes over subqueries of computed values: noise in the last bit is a reset.
 * - timestamp of a selector with both @ and offset: 3.5 reads the samples of T and looks for those of T - offset.
 * - the logarithm of subnormal numbers: Go's assembly on amd64 gets it wrong (-709 for ln(4e-323), which is -741).
 * - native histograms and what is experimental in 3.5 (except as a source of errors, which both sides give).
 */

type Metric = { readonly name: string; readonly labels: Readonly<Record<string, readonly string[]>> }

const rooms = Array.from({ length: 24 }, (_, i) => String(i))
const eight = rooms.slice(0, 8)
const METRICS: Readonly<Record<string, Metric>> = {
  requests: {
    name: 'requests_total',
    labels: { job: JOBS, instance: INSTANCES, code: ['200', '404', '500', '503'] },
  },
  work: { name: 'work_seconds_total', labels: { job: JOBS, instance: INSTANCES } },
  up: { name: 'up', labels: { job: JOBS, instance: INSTANCES } },
  info: { name: 'build_info', labels: { job: JOBS, instance: INSTANCES, version: ['1.0', '1.1', '1.2'] } },
  queue: { name: 'queue_length', labels: { job: JOBS, instance: INSTANCES } },
  bucket: { name: 'latency_seconds_bucket', labels: { job: JOBS, instance: INSTANCES.slice(0, 3), le: BOUNDS } },
  sum: { name: 'latency_seconds_sum', labels: { job: JOBS, instance: INSTANCES.slice(0, 3) } },
  count: { name: 'latency_seconds_count', labels: { job: JOBS, instance: INSTANCES.slice(0, 3) } },
  temperature: {
    name: 'temperature',
    labels: { room: rooms, floor: ['0', '1', '2', '3'], building: ['north', 'south'] },
  },
  odd: {
    name: 'odd',
    labels: { kind: ['nan', 'inf', 'minus_inf', 'signs', 'huge', 'tiny', 'mixed', 'integer', 'constant', 'decimals'] },
  },
  subnormal: { name: 'subnormal', labels: { n: eight } },
  flapping: { name: 'flapping', labels: { n: eight, how: ['marked', 'silent'] } },
  sparse: { name: 'sparse', labels: { n: eight } },
  awkward: { name: 'awkward', labels: { value: ['', '日本', 'a|b', '.*', 'quote"s', 'line\nbreak'], n: eight } },
  utf8: { name: 'http.server/länge', labels: { 'pod.name': ['', 'line\nbreak', '日本'], n: eight } },
  born: { name: 'born', labels: { when: ['late', 'early'] } },
  absent: { name: 'nobody_has_this', labels: { job: JOBS } },
}
const ALL = Object.keys(METRICS).filter((key) => key !== 'subnormal')
/** Those that share `job` and `instance`, so that they meet. */
const MEETING = ['requests', 'work', 'up', 'info', 'queue', 'bucket', 'sum', 'count']
const COUNTERS = ['requests', 'work', 'bucket', 'sum', 'count', 'flapping', 'sparse']
const DISTINCT = ['work', 'temperature', 'sparse']

const RANGES = ['15s', '40s', '1m', '2m', '5m', '7m30s', '10m', '20m', '1h', '90m', '2h30m']
const STEPS = ['15s', '30s', '1m', '5m', '47s']
const OFFSETS = ['1m', '5m', '13s', '1h', '-2m', '-10m']
const NUMBERS = ['0', '1', '2', '-1', '0.5', '3.7', '100', '1e3', '1e-3', '0x10', 'Inf', '-Inf', 'NaN', '5m', '.25']

const OVER_TIME = [
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'sum_over_time',
  'count_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'last_over_time',
  'present_over_time',
  'absent_over_time',
  'delta',
  'idelta',
  'deriv',
]
const RATES = ['rate', 'rate', 'rate', 'increase', 'increase', 'irate']
const BY_STEPS = [...RATES, 'resets', 'changes']
const MATH = ['abs', 'ceil', 'floor', 'exp', 'sqrt', 'ln', 'log2', 'log10', 'sgn', 'deg', 'rad']
const TRIG = ['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh']
const DATES = ['minute', 'hour', 'day_of_week', 'day_of_month', 'day_of_year', 'days_in_month', 'month', 'year']
const AGGREGATIONS = ['sum', 'sum', 'avg', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar']
const ARITHMETIC = ['+', '-', '*', '/', '%', '^', 'atan2']
const COMPARISONS = ['==', '!=', '>', '<', '>=', '<=']

/** Valid text that must be refused by both: unknown, experimental, ill-typed, or failing while it runs. */
const WRONG = [
  'rate(up)',
  'up[5m] + 1',
  'sum(up[5m])',
  'up{job=~"("}',
  '{job=~".*"}',
  'nosuch(up)',
  'up +',
  'up offset',
  'mad_over_time(up[5m])',
  'limitk(2, up)',
  'info(up)',
  'double_exponential_smoothing(up[5m], 0.5, 0.5)',
  'sort_by_label(up, "job")',
  'up * on (job) up',
  'up * on (job) group_left build_info',
  'requests_total / ignoring (code) up',
  'label_replace(up, "instance", "x", "instance", ".*")',
  'label_replace(up, "a", "x", "job", "(")',
  'label_join(up, "job", "", "nosuch") * 2',
  'topk(up, up)',
  'count_values("", up)',
  'count_values("a b", up)',
  'scalar(1)',
  'vector("a")',
  '"a" + 1',
  'up and 1',
  '1 > 2',
  'up[5m:] offset 1m @ nothing',
  'rate(up[0s])',
  '{__name__="up", __name__="odd"} * ',
  'up{job="api" "db"}',
]

const quoted = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
const plainName = (name: string) => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)
const labelName = (name: string) => (plainName(name) ? name : quoted(name))
const escapeRegex = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

export type GeneratedQuery = {
  readonly query: string
  /** True when the answer's order is promised. */
  readonly ordered: boolean
}

/** `atSeconds` are the Unix times that `@` may name. */
export function generateQuery(random: Random, atSeconds: readonly number[]): GeneratedQuery {
  const { below, chance, pick, some } = random

  function matchers(metric: Metric): string[] {
    return some(Object.keys(metric.labels), 2).map((name) => {
      const values = metric.labels[name]!
      const left = labelName(name)
      switch (below(9)) {
        case 0:
        case 1:
          return `${left}=${quoted(pick(values))}`
        case 2:
          return `${left}!=${quoted(pick(values))}`
        case 3:
        case 4:
          return `${left}=~${quoted(some(values, 3).map(escapeRegex).join('|'))}`
        case 5:
          return `${left}!~${quoted(`${escapeRegex(pick(values).slice(0, 2))}.*`)}`
        case 6:
          return `${left}=~${quoted(pick(['.+', '.*', '[a-c].*', '(?i:A|DB).*', '\\d+', '[^1]|..+']))}`
        case 7:
          return `${pick(['nosuch', left])}${pick(['=', '!='])}""`
        default:
          return `${left}!~${quoted(pick(['', 'a.+|1', '.{2}', '(5|4)..']))}`
      }
    })
  }

  function selector(names: readonly string[] = ALL): string {
    const metric = METRICS[pick(names)]!
    const inside = chance(0.5) ? matchers(metric) : []
    if (!plainName(metric.name)) inside.unshift(chance(0.5) ? quoted(metric.name) : `__name__=${quoted(metric.name)}`)
    else if (names === ALL && chance(0.05)) inside.push(`__name__=~${quoted(`${metric.name}|up`)}`)
    else return inside.length === 0 ? metric.name : `${metric.name}{${inside.join(',')}}`
    return `{${inside.join(',')}}`
  }

  function modifiers(): string {
    if (chance(0.8)) return ''
    const at = pick(['', '', ' @ start()', ' @ end()', ` @ ${pick(atSeconds).toFixed(3)}`])
    return `${at}${at === '' || chance(0.3) ? ` offset ${pick(OFFSETS)}` : ''}`
  }

  const range = (names: readonly string[] = ALL) => `${selector(names)}[${pick(RANGES)}]${modifiers()}`
  const instant = (names: readonly string[] = ALL) => `${selector(names)}${modifiers()}`

  const oneModifier = () => `${selector()}${pick(['', '', ` offset ${pick(OFFSETS)}`, ' @ start()', ' @ end()'])}`

  const subqueryOf = (inner: string) =>
    `${wrapped(inner)}[${pick(RANGES.slice(2))}:${chance(0.3) ? '' : pick(STEPS)}]${modifiers()}`
  const subquery = (depth: number) => subqueryOf(vector(depth - 1))

  const wrapped = (text: string) => (/^[a-z_]+\(.*\)$/.test(text) && !/\).*\(/.test(text) ? text : `(${text})`)

  function scalar(depth: number): string {
    switch (depth <= 0 ? below(3) : below(7)) {
      case 0:
      case 1:
        return pick(NUMBERS)
      case 2:
        return pick(['time()', 'pi()', '-1', '2'])
      case 3:
        return `scalar(${vector(depth - 1)})`
      case 4:
        return `(${scalar(depth - 1)} ${pick(ARITHMETIC)} ${scalar(depth - 1)})`
      case 5:
        return `(${scalar(depth - 1)} ${pick(COMPARISONS)} bool ${scalar(depth - 1)})`
      default:
        return `-(${scalar(depth - 1)})`
    }
  }

  function grouping(): string {
    if (chance(0.25)) return ' '
    const labels = some(['job', 'instance', 'code', 'floor', 'le', 'kind', 'n', 'nosuch', '"pod.name"'], 3)
    return ` ${pick(['by', 'by', 'without'])} (${labels.join(', ')}) `
  }

  function overTime(depth: number): string {
    const matrix = depth > 0 && chance(0.2) ? subquery(depth) : undefined
    switch (below(8)) {
      case 0:
        return `quantile_over_time(${pick(['0.5', '0.99', '0', '1', '-1', '2', '0.37', 'NaN'])}, ${matrix ?? range()})`
      case 1:
        return `predict_linear(${matrix ?? range()}, ${pick(['60', '3600', '-100', '0'])})`
      case 2:
      case 3:
      case 4:
        return `${pick(BY_STEPS)}(${depth > 0 && chance(0.2) ? subqueryOf(instant(COUNTERS)) : range(COUNTERS)})`
      default:
        return `${pick(OVER_TIME)}(${matrix ?? range()})`
    }
  }

  function binary(depth: number): string {
    const bool = chance(0.5) ? ' bool' : ''
    switch (below(9)) {
      case 0:
        return `${wrapped(vector(depth - 1))} ${pick(ARITHMETIC)} ${scalar(depth - 1)}`
      case 1:
        return `${scalar(depth - 1)} ${pick(ARITHMETIC)} ${wrapped(vector(depth - 1))}`
      case 2:
        return `${wrapped(vector(depth - 1))} ${pick(COMPARISONS)}${bool} ${scalar(depth - 1)}`
      case 3: {
        const op = pick(['and', 'or', 'unless'])
        const match = pick(['', '', ' on (job)', ' on (instance)', ' ignoring (code, le)', ' on ()'])
        return `${wrapped(vector(depth - 1))} ${op}${match} ${wrapped(vector(depth - 1))}`
      }
      case 4: {
        const one = chance(0.5) ? METRICS.info! : METRICS.queue!
        const include = one === METRICS.info ? pick(['', 'version', 'version, nosuch']) : ''
        const op = pick([...ARITHMETIC, ...COMPARISONS])
        const many = meeting(depth - 1)
        const side = chance(0.7)
          ? `${wrapped(many)} ${op} on (job, instance) group_left (${include}) ${one.name}`
          : `${one.name} ${op} on (job, instance) group_right (${include}) ${wrapped(many)}`
        return side
      }
      case 5: {
        // One side summed up, the other not.
        const labels = pick(['job', 'instance', 'job, instance'])
        const part = meeting(depth - 1)
        return `${wrapped(part)} ${pick(['/', '*', '-', '>'])} on (${labels}) group_left () sum by (${labels}) (${meeting(depth - 1)})`
      }
      case 6: {
        const text = meeting(depth - 1)
        return `${wrapped(text)} ${pick([...ARITHMETIC, ...COMPARISONS])}${pick(['', ' on (job, instance)', ' ignoring (code)'])} ${wrapped(chance(0.5) ? text : meeting(depth - 1))}`
      }
      case 7: {
        const by = pick(['job', 'instance', 'job, instance'])
        const one = `${pick(AGGREGATIONS)} by (${by}) (${meeting(depth - 1)})`
        const other = `${pick(AGGREGATIONS)} by (${by}) (${meeting(depth - 1)})`
        return `${one} ${pick([...ARITHMETIC, ...COMPARISONS])}${pick(['', '', ` on (${by})`])} ${other}`
      }
      default:
        return `-${wrapped(vector(depth - 1))}`
    }
  }

  /** Something with `job` and `instance`. */
  function meeting(depth: number): string {
    if (depth <= 0 || chance(0.3)) return instant(MEETING)
    if (chance(0.5)) return `${pick(RATES)}(${range(MEETING)})`
    return `${pick(AGGREGATIONS)} by (job, instance${pick(['', ', code', ', le'])}) (${instant(MEETING)})`
  }

  function histogram(depth: number): string {
    const q = pick(['0.5003', '0.9001', '0.9907', '0', '1', '-0.1', '1.1', 'NaN'])
    const rates = `${pick(RATES)}(${range(['bucket'])})`
    const inner = pick([
      rates,
      `sum by (le${pick(['', ', job', ', instance'])}) (${rates})`,
      `sum by (${pick(['le', 'job, le', 'job'])}) (${instant(['bucket'])})`,
      instant(['bucket']),
      vector(depth - 1),
    ])
    return chance(0.85)
      ? `histogram_quantile(${q}, ${inner})`
      : `histogram_fraction(${pick(['0.01', '0.3', '5', '-Inf'])}, ${pick(['0.01', '1', '7', 'Inf'])}, ${inner})`
  }

  function called(depth: number): string {
    const inner = () => vector(depth - 1)
    switch (below(11)) {
      case 0:
      case 1:
        return `${pick(MATH)}(${inner()})`
      case 2:
        // Of stored values and rates only: the argument of a sine wave loses its digits when it is huge.
        return `${pick(TRIG)}(${pick([instant(['temperature', 'odd', 'up']), `rate(${range(['work'])})`])})`
      case 3:
        return pick([
          `clamp(${inner()}, ${scalar(depth - 1)}, ${scalar(depth - 1)})`,
          `clamp_min(${inner()}, ${scalar(depth - 1)})`,
          `clamp_max(${inner()}, ${scalar(depth - 1)})`,
        ])
      case 4:
        return `round(${instant()}${pick(['', ', 5', ', 0.1', ', 0', ', -2'])})`
      case 5: {
        const [to, from] = [
          pick(['job', 'new', 'instance', '__name__']),
          pick(['instance', 'job', 'nosuch', 'value', 'n']),
        ]
        return `label_replace(${inner()}, "${to}", "${pick(['$1', 'x-$1-$2', '', 'fixed', '$1$1', '$$'])}", "${from}", "${pick(['(.*)', '(.)(.*)', '', 'a.*', '([^:]+):(\\\\d+)'])}")`
      }
      case 6:
        return `label_join(${inner()}, "${pick(['joined', 'job'])}", "${pick(['-', '', '/'])}", "job", "${pick(['instance', 'nosuch', 'n'])}")`
      case 7:
        return `absent(${inner()})`
      case 8:
        return `timestamp(${chance(0.7) ? oneModifier() : `(${inner()}) + 0`})`
      case 9:
        return `${pick(DATES)}(${pick(['', `timestamp(${oneModifier()})`, 'vector(time())', 'vector(time() + 1e6)'])})`
      default:
        return `vector(${scalar(depth - 1)})`
    }
  }

  function aggregated(depth: number): string {
    switch (below(8)) {
      case 0:
        return `${pick(['topk', 'bottomk'])}${grouping()}(${pick(['1', '2', '5', '100', '0', '-1', '2.7'])}, ${instant(DISTINCT)})`
      case 1:
        return `quantile${grouping()}(${pick(['0.5', '0.9', '0', '1', '-1', '1.5', 'NaN'])}, ${vector(depth - 1)})`
      case 2:
        return `count_values${grouping()}(${quoted(pick(['v', 'job', 'my.label']))}, ${instant(['up', 'queue', 'requests', 'odd', 'info'])})`
      default:
        return `${pick(AGGREGATIONS)}${grouping()}(${vector(depth - 1)})`
    }
  }

  function vector(depth: number): string {
    if (depth <= 0) return instant()
    switch (below(12)) {
      case 0:
        return instant()
      case 1:
      case 2:
      case 3:
        return overTime(depth)
      case 4:
      case 5:
      case 6:
        return aggregated(depth)
      case 7:
      case 8:
        return binary(depth)
      case 9:
        return histogram(depth)
      default:
        return called(depth)
    }
  }

  if (chance(0.03)) return { query: pick(WRONG), ordered: false }
  if (chance(0.04)) return { query: range(), ordered: false }
  if (chance(0.01))
    return { query: `${pick(['max', 'sum', 'last'])}_over_time(${range(['subnormal'])})`, ordered: false }
  if (chance(0.03)) return { query: scalar(3), ordered: false }
  if (chance(0.02)) return { query: `${pick(['sort', 'sort_desc'])}(${instant(DISTINCT)})`, ordered: true }
  if (chance(0.005)) return { query: `"${pick(['text', '日本'])}"`, ordered: false }
  return { query: vector(1 + below(4)), ordered: false }
}
