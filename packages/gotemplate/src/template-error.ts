/**
 * `parse`: the text is no template; `execute`: the data does not allow what the template asks; `limit`: a limit was met
 * (its name is in `limit`).
 */
export type TemplateErrorKind = 'parse' | 'execute' | 'limit'

export type TemplatePlace = {
  /** Name of the text (file) in which the fault stands, as given to `parseTemplates` or `compileText`. */
  readonly template: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number
  /** UTF-16 units from the text's start. */
  readonly offset: number
}

/**
 * What is wrong with a template, in Go's words: `template: slack.tmpl:3:7: executing "x" at <.Foo>: can't evaluate ...`.
 * The message counts columns as Go does (bytes, from 0) and has none for parse errors; the fields always have a place.
 */
export class TemplateError extends Error {
  readonly kind: TemplateErrorKind
  readonly template: string
  readonly line: number
  readonly column: number
  readonly offset: number
  /** Message without `template: name:line:column:` and without what was executed. */
  readonly reason: string
  /** Name of the limit that was met (`maxSteps`, `maxOutputBytes`, `maxDepth`, `maxQueries`, `maxNesting`); only with kind `limit`. */
  readonly limit: string | undefined
  /** What may have been meant; ours, not part of the message. */
  readonly hint: string | undefined

  constructor(
    kind: TemplateErrorKind,
    message: string,
    place: TemplatePlace,
    extra: {
      readonly reason?: string
      readonly limit?: string | undefined
      readonly cause?: unknown
      readonly hint?: string | undefined
    } = {},
  ) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause })
    this.name = 'TemplateError'
    this.kind = kind
    this.template = place.template
    this.line = place.line
    this.column = place.column
    this.offset = place.offset
    this.reason = extra.reason ?? message
    this.limit = extra.limit
    this.hint = extra.hint
  }
}

/** A limit met below the level that knows the place; the executor adds the place. */
export class LimitReached extends Error {
  readonly limit: string

  constructor(limit: string, message: string) {
    super(message)
    this.name = 'LimitReached'
    this.limit = limit
  }
}

/** What a function refuses, in Go's words; the executor adds place and function name. */
export class FunctionError extends Error {
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.name = 'FunctionError'
    this.hint = hint
  }
}
