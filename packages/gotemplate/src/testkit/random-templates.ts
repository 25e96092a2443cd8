import fc from 'fast-check'

const atoms = [
  ...[
    '.',
    '$',
    '.Status',
    '.Alerts',
    '.CommonLabels',
    '.CommonLabels.alertname',
    '.Nope',
    '$x',
    '1',
    '-3',
    '2.5',
    '"a"',
    '""',
  ],
  ...['true', 'nil', '`r`', "'x'", '(index .Alerts 0)', '.Alerts.Firing', '.CommonLabels.SortedPairs', '(list 1 "a")'],
  ...['(dict "a" 1)', '(stringSlice "p" "q")', '(index .Alerts 0).StartsAt', '(dict "a" 1).a', '(safeHtml "h")'],
]
const functions = [
  ...[
    'len',
    'index',
    'slice',
    'eq',
    'lt',
    'and',
    'or',
    'not',
    'print',
    'printf "%v"',
    'printf "%d|%s"',
    'html',
    'js',
    'urlquery',
  ],
  ...[
    'toUpper',
    'title',
    'join ","',
    'match "a"',
    'reReplaceAll "a" "b"',
    'toJson',
    'humanizeDuration',
    'date "2006"',
    'call',
  ],
  ...['.CommonLabels.Remove', 'append', 'dict', 'list', 'stringSlice'],
]
const tokens = [
  ...[
    '{{',
    '}}',
    '{{-',
    '-}}',
    ' ',
    '.',
    '.a',
    '$',
    '$x',
    '|',
    '(',
    ')',
    ':=',
    '=',
    ',',
    '"a"',
    '`b`',
    "'c'",
    '1',
    '1.5',
    '-',
    '+',
  ],
  ...[
    'if',
    'else',
    'end',
    'range',
    'with',
    'define',
    'template',
    'block',
    'break',
    'continue',
    'nil',
    'true',
    'len',
    'printf',
  ],
  ...[
    'nope',
    '/*',
    '*/',
    '\n',
    'é',
    '"',
    '`',
    "'",
    '\\',
    'x',
    '{',
    '}',
    '0x',
    '1e',
    '..',
    'eq',
    '"%d"',
    '😀',
    '\ud800',
  ],
]

const atom = fc.constantFrom(...atoms)
const command = fc.oneof(
  atom,
  fc
    .tuple(fc.constantFrom(...functions), fc.array(atom, { maxLength: 3 }))
    .map(([name, args]) => [name, ...args].join(' ')),
)
const pipeline = fc.array(command, { minLength: 1, maxLength: 3 }).map((commands) => commands.join(' | '))
const left = fc.constantFrom('{{ ', '{{ ', '{{- ')
const right = fc.constantFrom(' }}', ' }}', ' -}}')

/** Templates of the right shape; most of them fail when executed. */
export const randomTemplate: fc.Arbitrary<string> = fc.letrec<{ body: string; node: string }>((tie) => ({
  body: fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((nodes) => nodes.join('')),
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('x', '\n', ' é ', '<b>'),
    fc.tuple(left, pipeline, right).map((parts) => parts.join('')),
    fc.tuple(left, fc.constantFrom('$x := ', '$x = '), pipeline, right).map((parts) => parts.join('')),
    fc
      .tuple(
        fc.constantFrom('if', 'with', 'range', 'range $x :=', 'range $i, $x :='),
        pipeline,
        tie('body'),
        tie('body'),
      )
      .map(([word, value, body, other]) => `{{ ${word} ${value} }}${body}{{ else }}${other}{{ end }}`),
  ),
})).body

/** Any row of pieces of templates; most of them do not parse. */
export const randomText: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...tokens), { minLength: 1, maxLength: 16 })
  .chain((pieces) => fc.constantFrom(pieces.join(''), pieces.join(' '), `{{ ${pieces.join(' ')} }}`))
