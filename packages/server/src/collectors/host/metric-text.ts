/**
 * Builds Prometheus text 0.0.4 by appending strings: one string per family, lines in the order they come. Labels are
 * rendered once per device by `labels()` and reused for all of its families, so that a sample costs one concatenation.
 */
export type SampleType = 'counter' | 'gauge' | 'untyped' | 'histogram' | 'summary'

export class MetricFamilyText {
  readonly name: string
  readonly type: SampleType
  readonly help: string
  lines = ''

  constructor(name: string, type: SampleType, help: string) {
    this.name = name
    this.type = type
    this.help = help
  }

  /** `labelText` as `labels()` gives it; '' is a series without labels. */
  add(value: number, labelText = ''): void {
    this.lines += `${this.name}${labelText} ${formatValue(value)}\n`
  }

  /** A sample line as somebody else wrote it, without line end. */
  addLine(line: string): void {
    this.lines += `${line}\n`
  }
}

export class MetricText {
  readonly families = new Map<string, MetricFamilyText>()

  gauge(name: string, help: string): MetricFamilyText {
    return this.family(name, 'gauge', help)
  }

  counter(name: string, help: string): MetricFamilyText {
    return this.family(name, 'counter', help)
  }

  untyped(name: string, help: string): MetricFamilyText {
    return this.family(name, 'untyped', help)
  }

  /** The family of that name; type and help of the first call stay. */
  family(name: string, type: SampleType, help: string): MetricFamilyText {
    let family = this.families.get(name)
    if (!family) {
      family = new MetricFamilyText(name, type, help)
      this.families.set(name, family)
    }
    return family
  }

  /** Families without a sample are left out. */
  render(): string {
    let text = ''
    for (const { name, type, help, lines } of this.families.values()) {
      if (lines !== '') text += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${lines}`
    }
    return text
  }
}

/** `{a="x",b="y"}` from names and values in turn. */
export function labels(...pairs: string[]): string {
  let text = ''
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    text += `${i === 0 ? '{' : ','}${pairs[i]}="${escapeLabel(pairs[i + 1]!)}"`
  }
  return text === '' ? '' : `${text}}`
}

function escapeLabel(text: string): string {
  return /[\\"\n]/.test(text) ? text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`)) : text
}

function escapeHelp(text: string): string {
  return /[\\\n]/.test(text) ? text.replace(/[\\\n]/g, (c) => (c === '\n' ? '\\n' : '\\\\')) : text
}

function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}
