/**
 * Definitions of ours beside Alertmanager's, for the fields of receivers:
 *
 * `binnacle.slack.alarm.*` give a Slack message the shape of a cloud alarm: one attachment, coloured by state (danger,
 * good, warning), with the fields Alarm, State, Description and Reason. An alert that was made of such an alarm says state
 * and reason itself, in annotations of these names.
 */
export const binnacleTemplates: readonly { readonly name: string; readonly text: string }[] = [
  {
    name: 'binnacle.tmpl',
    text: `
{{- define "binnacle.slack.alarm" }}{{ template "binnacle.slack.alarm.name" . }}: {{ template "binnacle.slack.alarm.state" . }}{{ end }}

{{- define "binnacle.slack.alarm.name" }}
{{- with .CommonLabels.alertname }}{{ . }}{{ else }}{{ range $i, $a := .Alerts }}{{ if $i }}, {{ end }}{{ $a.Labels.alertname }}{{ end }}{{ end }}
{{- end }}

{{- define "binnacle.slack.alarm.state" }}
{{- $told := .CommonAnnotations.state }}
{{- if or (eq $told "ALARM") (eq $told "OK") (eq $told "INSUFFICIENT_DATA") }}{{ $told }}
{{- else if .Alerts.Firing }}ALARM{{ else }}{{ $lost := false }}
{{- range .Alerts }}{{ if or (eq .ResolvedReason "vanished") (eq .ResolvedReason "expired") }}{{ $lost = true }}{{ end }}{{ end }}
{{- if $lost }}INSUFFICIENT_DATA{{ else }}OK{{ end }}{{ end }}
{{- end }}

{{- define "binnacle.slack.alarm.color" }}
{{- $told := .CommonAnnotations.state }}
{{- if eq $told "ALARM" }}danger{{ else if eq $told "OK" }}good{{ else if eq $told "INSUFFICIENT_DATA" }}warning
{{- else if .Alerts.Firing }}danger{{ else }}{{ $lost := false }}
{{- range .Alerts }}{{ if or (eq .ResolvedReason "vanished") (eq .ResolvedReason "expired") }}{{ $lost = true }}{{ end }}{{ end }}
{{- if $lost }}warning{{ else }}good{{ end }}{{ end }}
{{- end }}

{{- define "binnacle.slack.alarm.description" }}
{{- with .CommonAnnotations.description }}{{ . }}{{ else }}{{ with .CommonAnnotations.summary }}{{ . }}{{ else }}
{{- range $i, $a := .Alerts }}{{ if $i }}
{{ end }}{{ with $a.Annotations.description }}{{ . }}{{ else }}{{ with $a.Annotations.summary }}{{ . }}{{ else }}No description{{ end }}{{ end }}{{ end }}
{{- end }}{{ end }}
{{- end }}

{{- define "binnacle.slack.alarm.reason" }}
{{- with .CommonAnnotations.reason }}{{ . }}{{ else }}{{ range $i, $a := .Alerts }}{{ if $i }}
{{ end }}{{ with $a.Annotations.reason }}{{ . }}{{ else }}{{ if eq $a.Status "firing" }}firing since {{ $a.StartsAt.Format "2006-01-02 15:04:05 MST" }}
{{- else }}resolved{{ with $a.ResolvedReason }} ({{ template "binnacle.reason" . }}){{ end }}{{ end }}
{{- range ($a.Labels.Remove (stringSlice "alertname" "severity")).SortedPairs }} {{ .Name }}={{ .Value }}{{ end }}{{ end }}{{ end }}{{ end }}
{{- end }}

{{- define "binnacle.reason" }}
{{- if eq . "value" }}the condition is false again
{{- else if eq . "vanished" }}its series are gone
{{- else if eq . "rule" }}its rule was removed or changed
{{- else if eq . "sender" }}its sender said so
{{- else if eq . "expired" }}its sender says nothing more
{{- else }}{{ . }}{{ end }}
{{- end }}
`,
  },
]
