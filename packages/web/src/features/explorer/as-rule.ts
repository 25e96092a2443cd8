/** Queries as alerting rules, for a group of a rule file: what is left to say stands there to be replaced. */
export function asRules(queries: readonly string[]): string {
  return queries
    .map((query, i) =>
      [
        `- alert: NewAlert${queries.length > 1 ? i + 1 : ''}`,
        '  expr: |-',
        ...query.split('\n').map((line) => `    ${line}`.trimEnd()),
        '  for: 5m',
        '  labels:',
        '    severity: warning',
        '  annotations:',
        "    summary: 'The value is {{ $value }}'",
      ].join('\n'),
    )
    .join('\n')
    .concat('\n')
}
