// Texts of alerting rules: labels and annotations. Prometheus puts definitions of `$labels`, `$externalLabels`,
// `$externalURL` and `$value` before each of them, so columns in its errors count those too; messages here do the same,
// while the places of errors count from the text as written.

import { alertmanagerFunctions } from '../alertmanager/index.ts'
import { compileProgram, defaultLimits, type Limits, runProgram } from '../execute/index.ts'
import type { TemplateError } from '../template-error.ts'
import { UTC } from '../time/index.ts'
import {
  ANY,
  type Entries,
  GoMap,
  GoStruct,
  STRING,
  STRING_MAP,
  stringMap,
  structType,
  type Value,
} from '../values/index.ts'
import { type PrometheusHost, prometheusFunctions } from './functions.ts'

export type RuleTemplatesOptions = PrometheusHost & {
  readonly externalLabels?: Readonly<Record<string, string>>
  /** Limits of each text. Defaults: 1,000,000 steps, 1 MiB of output, 100 templates deep, 100 queries. */
  readonly limits?: Partial<Limits>
}

/** Label names and values; names are unique. */
export type LabelPairs = readonly (readonly [string, string])[]

/**
 * Renders for one sample of the rule's result: its labels, its value (a float, or `histogramValue`), and the moment of the
 * evaluation in milliseconds. `resolvedReason` is why the alert has ended, empty or absent before: Binnacle's own, for texts
 * that name `$resolvedReason` or `.ResolvedReason`. A promise comes back only where `query` had to wait. Throws, or rejects
 * with, `TemplateError`.
 */
export type RuleTemplate = (
  labels: LabelPairs,
  value: number | Value,
  timeMs: number,
  resolvedReason?: string,
) => string | Promise<string>

export type RuleTemplates = {
  /**
   * Compiles a label's or annotation's text of the alert `alert`. Throws `TemplateError`, whose message is the one of
   * Prometheus and whose place counts within `text`.
   */
  compile(alert: string, text: string): RuleTemplate
}

/** What Prometheus puts before each text. Here the variables are simply there; columns in messages count it all the same. */
const PREFIX =
  '{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}'
const VARIABLES = ['$labels', '$externalLabels', '$externalURL', '$value']

const fields = [
  { name: 'Labels', type: STRING_MAP },
  { name: 'ExternalLabels', type: STRING_MAP },
  { name: 'ExternalURL', type: STRING },
  { name: 'Value', type: ANY },
]
const dataType = (of: typeof fields) =>
  structType(`struct { ${of.map(({ name, type }) => `${name} ${type.name}`).join('; ')} }`, of)
const RULE_DATA = dataType(fields)

/** Only a text that asks for it sees why its alert ended: for all others everything is as in Prometheus, columns included. */
const REASON = /\bresolvedReason\b|\.ResolvedReason\b/
const REASON_PREFIX = `${PREFIX}{{$resolvedReason := .ResolvedReason}}`
const REASON_VARIABLES = [...VARIABLES, '$resolvedReason']
const REASON_DATA = dataType([...fields, { name: 'ResolvedReason', type: STRING }])

/** Labels as entries of a map without making one: there are few of them, and most texts read one or two. */
class LabelEntries implements Entries {
  readonly pairs: LabelPairs

  constructor(pairs: LabelPairs) {
    this.pairs = pairs
  }

  get size(): number {
    return this.pairs.length
  }

  get(key: string): Value {
    const { pairs } = this
    for (let at = 0; at < pairs.length; at++) if (pairs[at]![0] === key) return pairs[at]![1]
    return undefined
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  keys(): Iterable<string> {
    return this.pairs.map(([name]) => name)
  }

  [Symbol.iterator](): Iterator<[string, Value]> {
    return (this.pairs as readonly [string, Value][])[Symbol.iterator]()
  }
}

/**
 * Compiles the texts of alerting rules. One for all rules of an evaluation: it holds what is the same for all of them.
 * Rendering a text without actions costs nothing; one with a label and a number about a microsecond.
 */
export function createRuleTemplates(options: RuleTemplatesOptions): RuleTemplates {
  const functions = prometheusFunctions(options)
  const externalLabels = stringMap(options.externalLabels ?? {})
  const limits: Limits = { ...defaultLimits, maxSteps: 1_000_000, maxOutputBytes: 1024 * 1024, ...options.limits }
  return {
    compile(alert, text) {
      if (!text.includes('{{')) return () => text
      const name = `__alert_${alert}`
      const tellsReason = REASON.test(text)
      const columnShift = (tellsReason ? REASON_PREFIX : PREFIX).length
      const { program, lookUp } = compileProgram(
        { name, text, columnShift },
        { functions, functionHint, missingKey: 'zero' },
        tellsReason ? REASON_VARIABLES : VARIABLES,
      )
      return (labels, value, timeMs, resolvedReason = '') => {
        const seen: Value[] = [
          new GoMap(STRING_MAP, new LabelEntries(labels)),
          externalLabels,
          options.externalURL,
          value,
        ]
        if (tellsReason) seen.push(resolvedReason)
        const data = new GoStruct(tellsReason ? REASON_DATA : RULE_DATA, seen)
        return runProgram(program, data, {
          limits,
          local: UTC,
          lookUp,
          answers: new Map(),
          steps: 0,
          timeMs,
          preset: seen,
        })
      }
    },
  }
}

const notificationFunctions = Object.keys(alertmanagerFunctions({ now: () => 0 }))

function functionHint(name: string): string | undefined {
  return notificationFunctions.includes(name) ? `${name} is a function of notifications, not of rules` : undefined
}

/** What Prometheus puts in place of a text that cannot be rendered. */
export function expansionFailure(alert: string, error: TemplateError): string {
  return `<error expanding template: error executing template __alert_${alert}: ${error.message}>`
}
