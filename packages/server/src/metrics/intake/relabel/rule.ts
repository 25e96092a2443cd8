import { z } from 'zod'
import { messageOf } from '../../../config/index.ts'
import { type AnchoredRegex, compileAnchored } from './anchored-regex.ts'

export const RELABEL_ACTIONS = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const

export type RelabelAction = (typeof RELABEL_ACTIONS)[number]

/** One checked rule with its defaults filled in. Source: prometheus.io "Configuration", `<relabel_config>`. */
export type RelabelRule = {
  readonly action: RelabelAction
  readonly sourceLabels: readonly string[]
  readonly separator: string
  readonly regex: AnchoredRegex
  readonly modulus: number
  readonly targetLabel: string
  readonly replacement: string
}

export const DEFAULT_SEPARATOR = ';'
export const DEFAULT_REPLACEMENT = '$1'
const DEFAULT_REGEX = compileAnchored('(.*)')

const text = z.string({ error: 'expected text' }).nullable()

/** The YAML of one rule, read in text mode (`regex: true` is the text "true"). */
export const relabelRuleSchema = z
  .strictObject({
    source_labels: z
      .array(z.string().min(1, '"" is not a valid label name'))
      .nullable()
      .optional()
      .describe('Labels whose values are joined by `separator` and matched'),
    separator: text.optional().describe('Between joined values, default ";"'),
    regex: text.optional().describe('RE2, anchored at both ends, default "(.*)"'),
    modulus: z
      .string()
      .regex(/^\d+$/, 'expected a whole number')
      .nullable()
      .optional()
      .describe('For hashmod: the hash is taken modulo this'),
    target_label: text.optional().describe('Label that is written; may hold $1 for replace'),
    replacement: text.optional().describe('What is written, default "$1"'),
    action: text.optional().describe('What the rule does, default "replace"'),
  })
  .transform((given, context): RelabelRule => {
    const refuse = (message: string, key?: keyof typeof given): typeof z.NEVER => {
      context.addIssue({ code: 'custom', message, path: key === undefined ? [] : [key] })
      return z.NEVER
    }
    const action = (given.action === undefined ? 'replace' : (given.action ?? '')).toLowerCase() as RelabelAction
    if ((action as string) === '') return refuse('relabel action cannot be empty', 'action')
    if (!RELABEL_ACTIONS.includes(action)) {
      return refuse(`unknown relabel action "${given.action}" (known: ${RELABEL_ACTIONS.join(', ')})`, 'action')
    }
    let regex = DEFAULT_REGEX
    if (given.regex !== undefined) {
      try {
        regex = compileAnchored(given.regex ?? '')
      } catch (error) {
        return refuse(messageOf(error), 'regex')
      }
    }
    const rule: RelabelRule = {
      action,
      sourceLabels: given.source_labels ?? [],
      separator: given.separator === undefined ? DEFAULT_SEPARATOR : (given.separator ?? ''),
      regex,
      modulus: Number(given.modulus ?? 0),
      targetLabel: given.target_label ?? '',
      replacement: given.replacement === undefined ? DEFAULT_REPLACEMENT : (given.replacement ?? ''),
    }
    if (action === 'hashmod' && rule.modulus === 0) {
      return refuse(
        'relabel configuration for hashmod requires non-zero modulus',
        given.modulus ? 'modulus' : undefined,
      )
    }
    if (NEEDS_TARGET.has(action) && rule.targetLabel === '') {
      return refuse(`relabel configuration for ${action} action requires 'target_label' value`)
    }
    if (WITHOUT_REPLACEMENT.has(action) && rule.replacement !== DEFAULT_REPLACEMENT) {
      return refuse(`'replacement' can not be set for ${action} action`, 'replacement')
    }
    if (action === 'labelmap' && rule.replacement === '') {
      return refuse(`"" is invalid 'replacement' for labelmap action`, 'replacement')
    }
    const plain = rule.modulus === 0 && rule.separator === DEFAULT_SEPARATOR && rule.replacement === DEFAULT_REPLACEMENT
    if ((action === 'keepequal' || action === 'dropequal') && (given.regex !== undefined || !plain)) {
      return refuse(`${action} action requires only 'source_labels' and 'target_label', and no other fields`)
    }
    const onlyRegex = !Array.isArray(given.source_labels) && rule.targetLabel === '' && plain
    if ((action === 'labeldrop' || action === 'labelkeep') && !onlyRegex) {
      return refuse(`${action} action requires only 'regex', and no other fields`)
    }
    return rule
  })

const NEEDS_TARGET: ReadonlySet<RelabelAction> = new Set([
  'replace',
  'hashmod',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
])
const WITHOUT_REPLACEMENT: ReadonlySet<RelabelAction> = new Set(['lowercase', 'uppercase', 'keepequal', 'dropequal'])
