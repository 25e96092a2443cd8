import type { FloatHistogram, Labels } from '@binnacle/promql'
import { overlaid } from '../labels.ts'
import type { RuleTemplate, TemplateInput } from '../rule-templates.ts'
import { keyOf } from './alert-instance.ts'

/** What an element of the expression's result is as an alert. */
export type DerivedAlert = {
  readonly key: string
  readonly fingerprint: string
  readonly labels: Labels
  readonly source: Labels
  annotations: Labels
  /** Value that the annotations were made for. */
  value: number
}

export type DerivedAlerts = {
  /** The alert of an element. A promise only where a template has to ask something. */
  of(element: Element): DerivedAlert | Promise<DerivedAlert>
  /** What has not been asked for since the call before is forgotten. */
  forgetUnused(): void
  /** Labels and annotations that are the same for all alerts of the rule. */
  readonly fixed: { readonly labels: Labels; readonly annotations: Labels }
  /** The annotations again, now that it is known why the alert ended; undefined when none says so. */
  withReason(input: TemplateInput): Labels | Promise<Labels> | undefined
}

export type Element = {
  readonly labels: Labels
  readonly value: number
  readonly histogram: FloatHistogram | undefined
  readonly timeMs: number
}

type Named = readonly (readonly [name: string, template: RuleTemplate])[]
type Kept = { readonly derived: DerivedAlert; round: number }

/**
 * Labels and annotations of alerts, made as seldom as their templates allow: most depend on the element's labels only, and
 * are made once; those with the value are made again when it has changed.
 */
export function createDerivedAlerts(
  fingerprintOf: (labels: Labels) => string,
  rule: { readonly alertname: string; readonly labels: Named; readonly annotations: Named },
): DerivedAlerts {
  const labelsVary = variesMost(rule.labels)
  const annotationsVary = variesMost(rule.annotations)
  const tellsReason = rule.annotations.some(([, { tellsReason: tells }]) => tells)
  const kept = new Map<string, Kept>()
  let round = 0

  function input({ labels, value, histogram, timeMs }: Element): TemplateInput {
    return { labels, value, timeMs, ...(histogram === undefined ? {} : { histogram }) }
  }

  function derive(element: Element): DerivedAlert | Promise<DerivedAlert> {
    const given = input(element)
    const labels = pairsOf(rule.labels, given)
    const annotations = pairsOf(rule.annotations, given)
    if (labels instanceof Promise || annotations instanceof Promise) {
      return Promise.all([labels, annotations]).then(([l, a]) => toDerived(element, l, a))
    }
    return toDerived(element, labels, annotations)
  }

  function toDerived({ labels: source, value }: Element, over: Labels, annotations: Labels): DerivedAlert {
    const labels = overlaid(overlaid(overlaid(source, ['__name__', '']), over), ['alertname', rule.alertname])
    return { key: keyOf(labels), fingerprint: fingerprintOf(labels), labels, source, annotations, value }
  }

  function refresh(derived: DerivedAlert, element: Element): DerivedAlert | Promise<DerivedAlert> {
    const same = annotationsVary < ALWAYS && (annotationsVary < VALUE || Object.is(derived.value, element.value))
    if (same && element.histogram === undefined) return derived
    const annotations = pairsOf(rule.annotations, input(element))
    const take = (made: Labels) => {
      derived.annotations = made
      derived.value = element.value
      return derived
    }
    return annotations instanceof Promise ? annotations.then(take) : take(annotations)
  }

  const nothing: TemplateInput = { labels: [], value: Number.NaN, timeMs: 0 }
  const fixedOf = (named: Named) =>
    named.flatMap(([name, template]) => {
      const text = template.varies === 'never' ? template.expand(nothing) : ''
      return typeof text === 'string' && text !== '' ? [name, text] : []
    })

  return {
    fixed: { labels: fixedOf(rule.labels), annotations: fixedOf(rule.annotations) },
    of(element) {
      // Labels that follow the value may be others each time: nothing to keep.
      if (labelsVary >= VALUE) return derive(element)
      const key = keyOf(element.labels)
      const known = kept.get(key)
      if (known !== undefined) {
        known.round = round
        return refresh(known.derived, element)
      }
      const made = derive(element)
      const keep = (derived: DerivedAlert) => {
        kept.set(key, { derived, round })
        return derived
      }
      return made instanceof Promise ? made.then(keep) : keep(made)
    },
    forgetUnused() {
      for (const [key, one] of kept) if (one.round < round) kept.delete(key)
      round++
    },
    withReason(given) {
      if (!tellsReason) return undefined
      return pairsOf(rule.annotations, given)
    },
  }
}

const VALUE = 2
const ALWAYS = 3

/** 0 to 3, as `RuleTemplate.varies`. */
function variesMost(named: Named): number {
  let most = 0
  for (const [, { varies }] of named) {
    most = Math.max(
      most,
      varies === 'never' ? 0 : varies === 'with labels' ? 1 : varies === 'with value' ? VALUE : ALWAYS,
    )
  }
  return most
}

/** Names and texts in the order of the names, empty ones too. */
function pairsOf(named: Named, input: TemplateInput): Labels | Promise<Labels> {
  const out: (string | Promise<string>)[] = []
  let waits = false
  for (const [name, template] of named) {
    const text = template.expand(input)
    if (typeof text !== 'string') waits = true
    out.push(name, text)
  }
  return waits ? Promise.all(out) : (out as string[])
}
