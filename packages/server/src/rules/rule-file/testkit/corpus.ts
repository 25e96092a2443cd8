/** One rule file; `expected` are parts of our findings in their order, none where it is good. */
export type RuleFileCase = { readonly name: string; readonly text: string; readonly expected: readonly string[] }

const rules = (lines: string) => `groups:\n  - name: g\n    rules:\n${lines.replace(/^\n/, '')}`
const one = (name: string, text: string, ...expected: string[]): RuleFileCase => ({ name, text, expected })

export const corpus: readonly RuleFileCase[] = [
  // The file.
  one('an empty file', ''),
  one('a comment only', '# nothing\n'),
  one('null', 'null\n'),
  one('no groups', 'groups:\n'),
  one('an empty list of groups', 'groups: []\n'),
  one('a list at the top', '[]\n', '1:1: expected'),
  one('a text at the top', 'foo\n', '1:1: expected'),
  one('groups as a map', 'groups: {a: b}\n', '1:9: groups: expected a list of groups'),
  one('groups as a text', 'groups: foo\n', '1:9: groups: expected a list of groups'),
  one('an unknown key at the top', 'groups: []\nrules: []\n', '2:1: unknown key "rules"'),
  one('a tab as indent', 'groups:\n\t- name: a\n', '2:'),
  one('a bracket that is not closed', 'groups: [\n', ':'),
  one('a key twice', 'groups: []\ngroups: []\n', '2:1: this key stands twice'),
  one('a second document', 'groups: []\n---\nfoo: 1\n', 'warning 1:1: a second document'),
  one('windows line ends', 'groups:\r\n- name: a\r\n  rules:\r\n  - record: a\r\n    expr: up\r\n'),
  one('a byte order mark', '\uFEFFgroups:\n- name: a\n  rules: []\n'),

  // Groups.
  one('a group without rules', 'groups:\n  - name: a\n'),
  one('a group of null rules', 'groups:\n  - name: a\n    rules:\n'),
  one('a null group', 'groups: [null]\n'),
  one('a group that is a text', 'groups: [a]\n', '1:10: expected', 'a group needs a name'),
  one('a group without a name', 'groups:\n  - rules: []\n', '2:5: a group needs a name'),
  one('a group with an empty name', 'groups:\n  - name: ""\n    rules: []\n', '2:11: a group needs a name'),
  one('a group with a null name', 'groups:\n  - name:\n    rules: []\n', 'a group needs a name'),
  one('a number as name', 'groups:\n  - name: 1\n    rules: []\n'),
  one(
    'two groups of the same name',
    'groups:\n  - name: a\n    rules: []\n  - name: a\n    rules: []\n',
    '4:11: group name "a" stands twice',
  ),
  one('an unknown key in a group', 'groups:\n  - name: a\n    intervall: 1m\n', '3:5: unknown key "intervall"'),
  one('an interval', 'groups:\n  - name: a\n    interval: 1h30m\n'),
  one('an interval of zero', 'groups:\n  - name: a\n    interval: 0s\n'),
  one('an interval without unit', 'groups:\n  - name: a\n    interval: 30\n', '3:15: interval: not a valid duration'),
  one('an interval of zero without unit', 'groups:\n  - name: a\n    interval: 0\n'),
  one('an interval below zero', 'groups:\n  - name: a\n    interval: -1m\n', '3:15: interval: not a valid duration'),
  one('an empty interval', 'groups:\n  - name: a\n    interval: ""\n', '3:15: interval: empty duration string'),
  one('an interval of parts of a unit', 'groups:\n  - name: a\n    interval: 1.5m\n', '3:15: interval: not a valid'),
  one('units in the wrong order', 'groups:\n  - name: a\n    interval: 30s1m\n', '3:15: interval: not a valid'),
  one('a null interval', 'groups:\n  - name: a\n    interval:\n'),
  one('a query offset', 'groups:\n  - name: a\n    query_offset: 10s\n'),
  one('a bad query offset', 'groups:\n  - name: a\n    query_offset: soon\n', '3:19: query_offset: not a valid'),
  one('a limit', 'groups:\n  - name: a\n    limit: 10\n'),
  one('a limit below zero', 'groups:\n  - name: a\n    limit: -1\n'),
  one('a limit with a fraction', 'groups:\n  - name: a\n    limit: 1.5\n'),
  one('a limit in hexadecimal', 'groups:\n  - name: a\n    limit: 0x10\n'),
  one('a limit with an underscore', 'groups:\n  - name: a\n    limit: 1_000\n'),
  one('a limit that is a word', 'groups:\n  - name: a\n    limit: many\n', '3:12: limit: expected a whole number'),
  one('a limit in quotes', 'groups:\n  - name: a\n    limit: "10"\n', '3:12: limit: expected a whole number'),
  one('a limit that is true', 'groups:\n  - name: a\n    limit: true\n', '3:12: limit: expected a whole number'),
  one('labels of a group', 'groups:\n  - name: a\n    labels: {team: x, n: 1, t: true, e: }\n'),
  one('a label list of a group', 'groups:\n  - name: a\n    labels: [a]\n', '3:13: labels: expected names and values'),
  one('the name of a series as label of a group', 'groups:\n  - name: a\n    labels: {__name__: x}\n', '3:14: invalid'),
  one('an empty label name of a group', 'groups:\n  - name: a\n    labels: {"": x}\n', '3:14: invalid label name ""'),
  one('rules that are no list', 'groups:\n  - name: a\n    rules: {}\n', '3:12: rules: expected a list of rules'),
  one('a merge key', 'groups:\n  - &a\n    name: a\n    rules: []\n  - <<: *a\n    name: b\n'),

  // Rules.
  one(
    'a recording rule',
    rules('      - record: job:up:sum\n        expr: sum by (job) (up)\n        labels: {a: b}\n'),
  ),
  one(
    'an alerting rule',
    rules(`
      - alert: Down
        expr: up == 0
        for: 5m
        keep_firing_for: 10m
        labels: {severity: page}
        annotations: {summary: "{{ $labels.job }} is down: {{ $value | humanize }}"}
`),
  ),
  one('a null rule', rules('      - null\n')),
  one('a rule that is a text', rules('      - up\n'), '4:9: expected'),
  one('a rule of nothing', rules('      - {}\n'), '4:9: a rule needs "record" or "alert"', '4:9: a rule needs "expr"'),
  one('neither record nor alert', rules('      - expr: up\n'), '4:9: a rule needs "record" or "alert"'),
  one(
    'both record and alert',
    rules('      - record: a\n        alert: b\n        expr: up\n'),
    '5:9: a rule has either',
  ),
  one('an empty alert', rules('      - alert: ""\n        expr: up\n'), '4:9: a rule needs "record" or "alert"'),
  one('no expression', rules('      - alert: a\n'), '4:9: a rule needs "expr"'),
  one('an empty expression', rules('      - alert: a\n        expr: ""\n'), '5:9: a rule needs "expr"'),
  one('a null expression', rules('      - alert: a\n        expr:\n'), '5:9: a rule needs "expr"'),
  one('an expression of blanks', rules('      - alert: a\n        expr: "  "\n'), '5:9: a rule needs "expr"'),
  one('a number as expression', rules('      - record: a\n        expr: 1\n')),
  one('a list as expression', rules('      - record: a\n        expr: [up]\n'), '5:15: expr: expected one value'),
  one(
    'an unknown key in a rule',
    rules('      - alert: a\n        expr: up\n        fro: 5m\n'),
    '6:9: unknown key "fro"',
  ),
  one(
    'an unknown key of another program',
    rules('      - alert: a\n        expr: up\n        partial: 1\n'),
    '6:9: unknown',
  ),
  one(
    'for in a recording rule',
    rules('      - record: a\n        expr: up\n        for: 1m\n'),
    '6:9: "for" belongs to',
  ),
  one('for of zero in a recording rule', rules('      - record: a\n        expr: up\n        for: 0s\n')),
  one(
    'keep_firing_for in a recording rule',
    rules('      - record: a\n        expr: up\n        keep_firing_for: 1m\n'),
    '6:9: "keep_firing_for" belongs to',
  ),
  one(
    'annotations in a recording rule',
    rules('      - record: a\n        expr: up\n        annotations: {b: c}\n'),
    '6:9: "annotations" belongs to',
  ),
  one('empty annotations in a recording rule', rules('      - record: a\n        expr: up\n        annotations: {}\n')),
  one('a record name with blanks', rules('      - record: a name\n        expr: up\n')),
  one('a record name with a dot', rules('      - record: a.b\n        expr: up\n')),
  one('a record name of a number', rules('      - record: 1\n        expr: up\n')),
  one('a record name with braces', rules('      - record: up{a="b"}\n        expr: up\n'), '4:17: the name'),
  one('an alert name with blanks', rules('      - alert: Something is down\n        expr: up\n')),
  one('a bad for', rules('      - alert: a\n        expr: up\n        for: 5 minutes\n'), '6:14: for: not a valid'),
  one('an empty for', rules('      - alert: a\n        expr: up\n        for: ""\n'), '6:14: for: empty duration'),
  one('a null for', rules('      - alert: a\n        expr: up\n        for:\n')),
  one('a for of milliseconds', rules('      - alert: a\n        expr: up\n        for: 100ms\n')),
  one('a for of years', rules('      - alert: a\n        expr: up\n        for: 1y2w3d\n')),
  one(
    'a for beyond all time',
    rules('      - alert: a\n        expr: up\n        for: 300y\n'),
    '6:14: for: not a valid',
  ),
  one(
    'labels that are numbers',
    rules('      - alert: a\n        expr: up\n        labels: {a: 1, b: true, c: 1.50}\n'),
  ),
  one('a null label', rules('      - alert: a\n        expr: up\n        labels: {a: }\n')),
  one(
    'a label that is a list',
    rules('      - alert: a\n        expr: up\n        labels: {a: [1]}\n'),
    '6:21: a: expected',
  ),
  one(
    'labels that are a text',
    rules('      - alert: a\n        expr: up\n        labels: x\n'),
    '6:17: labels: expected',
  ),
  one('a label name with blanks', rules('      - alert: a\n        expr: up\n        labels: {"a b": c}\n')),
  one(
    'the name as label',
    rules('      - alert: a\n        expr: up\n        labels: {__name__: c}\n'),
    '6:18: invalid label',
  ),
  one(
    'an empty label name',
    rules('      - record: a\n        expr: up\n        labels: {"": c}\n'),
    '6:18: invalid label',
  ),
  one(
    'an empty annotation name',
    rules('      - alert: a\n        expr: up\n        annotations: {"": c}\n'),
    '6:23: invalid',
  ),
  one('the name as annotation', rules('      - alert: a\n        expr: up\n        annotations: {__name__: c}\n')),

  // Expressions, and where in the file their mistakes stand.
  one(
    'a mistake in a plain expression',
    rules('      - record: a\n        expr: sum(up\n'),
    '5:21: "expr" is no valid PromQL',
  ),
  one('a mistake in single quotes', rules("      - record: a\n        expr: 'up{a=''b''} +'\n"), '5:29: "expr"'),
  one('a mistake in double quotes', rules('      - record: a\n        expr: "up{a=\\"b\\"} foo"\n'), '5:28: "expr"'),
  one(
    'a mistake in a literal block',
    rules('      - record: a\n        expr: |\n          sum(up)\n          by (job))\n'),
    '7:20: "expr" is no valid PromQL: unexpected',
  ),
  one(
    'a mistake in a folded block',
    rules('      - record: a\n        expr: >-\n          sum(up)\n\n          by job\n'),
    '8:14: "expr" is no valid PromQL',
  ),
  one(
    'a mistake in a plain expression over lines',
    rules('      - record: a\n        expr: sum(up)\n          by (job) foo\n'),
    '6:20: "expr" is no valid PromQL',
  ),
  one(
    'an unknown function',
    rules('      - record: a\n        expr: foo(up)\n'),
    '5:15: "expr" is no valid PromQL: unknown',
  ),
  one('a wrong type', rules('      - record: a\n        expr: 1 + rate(up)\n'), '5:24: "expr" is no valid PromQL'),
  one(
    'by at the wrong place',
    rules('      - record: a\n        expr: topk(5, rate(up[5m]) by (a))\n'),
    '5:36: "expr"',
  ),
  one('a range vector', rules('      - record: a\n        expr: up[5m]\n')),
  one('a string', rules('      - alert: a\n        expr: \'"foo"\'\n')),
  one('no matcher at all', rules('      - record: a\n        expr: \'{__name__=~".*"}\'\n'), '5:16: "expr"'),
  one('a comparison of numbers without bool', rules('      - alert: a\n        expr: 1 > 2\n'), '5:17: "expr"'),
  one('an experimental function', rules('      - record: a\n        expr: sort_by_label(up, "a")\n'), '5:15: "expr"'),
  one('the @ modifier and a negative offset', rules('      - record: a\n        expr: up @ 1 + up offset -5m\n')),
  one('comments in an expression', rules('      - record: a\n        expr: |\n          # why\n          up # that\n')),
  one(
    'an anchor for an expression',
    rules('      - record: a\n        expr: &e up\n      - record: b\n        expr: *e\n'),
  ),
  one(
    'mistakes in several rules',
    rules('      - record: a\n        expr: sum(\n      - alert: b\n      - expr: up\n'),
    '5:19: "expr"',
    '6:9: a rule needs "expr"',
    '7:9: a rule needs "record" or "alert"',
  ),

  // Templates.
  one(
    'an unknown function in a template',
    rules('      - alert: a\n        expr: up\n        labels: {b: "x{{ foo }}"}\n'),
    '6:26: label "b" is no valid template: function "foo" not defined',
  ),
  one(
    'an unknown variable in a template',
    rules('      - alert: a\n        expr: up\n        annotations: {b: "{{ $x }}"}\n'),
    'annotation "b" is no valid template: undefined variable "$x"',
  ),
  one(
    'an action that is not closed',
    rules(
      '      - alert: a\n        expr: up\n        annotations:\n          b: |\n            one\n            {{ $value\n',
    ),
    'annotation "b" is no valid template: ',
  ),
  one(
    'an if without an end',
    rules('      - alert: a\n        expr: up\n        annotations: {b: "{{ if true }}x"}\n'),
    'annotation "b" is no valid template: unexpected EOF',
  ),
  one(
    'an if without a condition',
    rules('      - alert: a\n        expr: up\n        annotations: {b: "{{ if }}x{{ end }}"}\n'),
    'annotation "b" is no valid template: missing value for if',
  ),
  one(
    'templates that only fail when they run',
    rules(
      '      - alert: a\n        expr: up\n        annotations: {b: "{{ humanize $labels }}", c: "{{ first (query `x`) }}"}\n',
    ),
  ),
  one(
    'all variables of templates',
    rules(
      '      - alert: a\n        expr: up\n        annotations: {b: "{{ $labels.a }}{{ $externalLabels.b }}{{ $externalURL }}{{ $value }}{{ .Labels }}{{ .Value }}"}\n',
    ),
  ),
  one(
    'a definition in a template',
    rules(
      '      - alert: a\n        expr: up\n        annotations: {b: \'{{ define "x" }}y{{ end }}{{ template "x" }}\'}\n',
    ),
  ),
  one(
    'a template that is not there',
    rules('      - alert: a\n        expr: up\n        annotations: {b: \'{{ template "x" }}\'}\n'),
  ),
  one(
    'no template in a recording rule',
    rules('      - record: a\n        expr: up\n        labels: {b: "{{ foo }}"}\n'),
  ),
  one(
    'two bad templates',
    rules(
      '      - alert: a\n        expr: up\n        labels: {a: "{{ foo }}"}\n        annotations: {b: "{{ bar }}"}\n',
    ),
    'label "a"',
    'annotation "b"',
  ),

  // Duplicates.
  one(
    'the same recording rule twice',
    rules('      - record: a\n        expr: up\n      - record: a\n        expr: down\n'),
    'warning 6:9: "a"',
  ),
  one(
    'the same alert with different labels',
    rules(
      '      - alert: a\n        expr: up\n        labels: {a: b}\n      - alert: a\n        expr: up\n        labels: {a: c}\n',
    ),
  ),
  one(
    'the same alert in two groups',
    'groups:\n  - name: a\n    rules: [{alert: x, expr: up}]\n  - name: b\n    rules: [{alert: x, expr: up}]\n',
    'warning 5:13: "x"',
  ),
  one(
    'labels of the group make rules the same',
    'groups:\n  - name: a\n    labels: {a: b}\n    rules: [{record: x, expr: up}]\n  - name: b\n    rules: [{record: x, expr: up, labels: {a: b}}]\n',
    'warning 6:13: "x"',
  ),
  one(
    'an alert and a recording rule of the same name',
    rules('      - record: a\n        expr: up\n      - alert: a\n        expr: up\n'),
    'warning 6:9: "a"',
  ),
]
