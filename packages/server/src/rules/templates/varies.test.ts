import { expect, test } from 'vitest'
import { variesBy } from './varies.ts'

test.for([
  ['plain', 'never'],
  ['', 'never'],
  ['{{ $labels.instance }} of {{ .Labels.job | toUpper }}', 'with labels'],
  ['{{ $externalLabels.cluster }} {{ externalURL }}', 'with labels'],
  ['{{ printf "%.2f now . $value" $labels.x }}', 'with labels'],
  ['{{/* $value now */}}{{ $labels.x }}', 'with labels'],
  ['{{ $value | humanize }}', 'with value'],
  ['{{ .Value }}', 'with value'],
  ['{{ . }}', 'with value'],
  ['{{ printf "%v" . }}', 'with value'],
  ['{{ with $labels.x }}{{ . }}{{ end }}', 'with value'],
  ['{{ $.Value }}', 'with value'],
  ['{{ range query "up" }}{{ .Value }}{{ end }}', 'always'],
  ['{{ now | humanizeTimestamp }}', 'always'],
  ['{{ define "x" }}{{ .Value }}{{ end }}{{ template "x" . }}', 'always'],
  ['{{ $labels.x', 'always'],
] as const)('%s varies %s', ([text, expected]) => expect(variesBy(text)).toBe(expected))
