// The definitions that receivers use when nothing else is configured. Their names, and the texts they print, are those of
// Alertmanager, since configurations build on both; how they are put together is our own. Names with `__binnacle` are ours.
// A template file of the user that defines one of these names replaces it.

/** One `name = value` a line, and a list of alerts as plain text and as Markdown. */
const alertLists = `
{{- define "__binnacle.pairs" }}{{ range .Pairs }}{{ $.Indent }}- {{ .Name }} = {{ .Value }}
{{ end }}{{ end }}

{{- define "__text_alert_list" }}
{{- range . -}}
Labels:
{{ template "__binnacle.pairs" (dict "Pairs" .Labels.SortedPairs "Indent" " ") -}}
Annotations:
{{ template "__binnacle.pairs" (dict "Pairs" .Annotations.SortedPairs "Indent" " ") -}}
Source: {{ .GeneratorURL }}
{{ end }}
{{- end }}

{{- define "__text_alert_list_markdown" }}
{{- range . }}
Labels:
{{ template "__binnacle.pairs" (dict "Pairs" .Labels.SortedPairs "Indent" "  ") }}
Annotations:
{{ template "__binnacle.pairs" (dict "Pairs" .Annotations.SortedPairs "Indent" "  ") }}
Source: {{ .GeneratorURL }}
{{ end }}
{{ end }}
`

/** Firing and resolved alerts under headings: close together, apart, and apart in Markdown. */
const sections = `
{{- define "__binnacle.close" }}
{{- if .Alerts.Firing -}}
Alerts Firing:
{{ template "__text_alert_list" .Alerts.Firing }}
{{- end }}
{{ if .Alerts.Resolved -}}
Alerts Resolved:
{{ template "__text_alert_list" .Alerts.Resolved }}
{{- end }}
{{- end }}

{{- define "__binnacle.apart" }}
{{ if .Alerts.Firing }}
Alerts Firing:
{{ template "__text_alert_list" .Alerts.Firing }}
{{ end }}
{{ if .Alerts.Resolved }}
Alerts Resolved:
{{ template "__text_alert_list" .Alerts.Resolved }}
{{ end }}
{{ end }}

{{- define "__binnacle.markdown" }}
{{ if .Alerts.Firing }}
# Alerts Firing:
{{ template "__text_alert_list_markdown" .Alerts.Firing }}
{{ end }}
{{ if .Alerts.Resolved }}
# Alerts Resolved:
{{ template "__text_alert_list_markdown" .Alerts.Resolved }}
{{ end }}
{{ end }}

{{- define "__binnacle.common" }}{{ join " " .CommonAnnotations.SortedPairs.Values }}{{ end }}
{{- define "__binnacle.color" }}{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}{{ end }}
`

const subject = `
{{- define "__alertmanager" }}Alertmanager{{ end }}
{{- define "__alertmanagerURL" }}{{ .ExternalURL }}/#/alerts?receiver={{ urlquery .Receiver }}{{ end }}
{{- define "__description" }}{{ end }}

{{- define "__subject" -}}
[{{ toUpper .Status }}{{ if eq .Status "firing" }}:{{ len .Alerts.Firing }}{{ end }}]
{{- " " }}{{ join " " .GroupLabels.SortedPairs.Values }}
{{- " " }}
{{- if lt (len .GroupLabels) (len .CommonLabels) -}}
  ({{ with .CommonLabels.Remove .GroupLabels.Names }}{{ join " " .Values }}{{ end }})
{{- end }}
{{- end }}
`

/** Jira's priority is that of the most severe firing alert, and of the resolved ones when that gives none. */
const priority = `
{{- define "__binnacle.priority" }}
{{- $priority := "" }}
{{- range . }}
  {{- $severity := index .Labels "severity" }}
  {{- if eq $severity "critical" }}{{ $priority = "High" }}{{ break }}
  {{- else if eq $severity "warning" }}{{ $priority = "Medium" }}
  {{- else if and (eq $severity "info") (eq $priority "") }}{{ $priority = "Low" }}
  {{- end }}
{{- end }}
{{- $priority }}
{{- end }}

{{- define "jira.default.priority" }}
{{- $known := false }}
{{- range .Alerts.Firing }}
  {{- if match "^(critical|warning|info)$" (index .Labels "severity") }}{{ $known = true }}{{ break }}{{ end }}
{{- end }}
{{- if $known }}{{ template "__binnacle.priority" .Alerts.Firing }}
{{- else }}{{ template "__binnacle.priority" .Alerts.Resolved }}{{ end }}
{{- end }}
`

/** Receivers: each name with the definition whose text it prints, or with nothing. */
const same: Readonly<Record<string, string>> = {
  'slack.default.title': '__subject',
  'slack.default.username': '__alertmanager',
  'slack.default.titlelink': '__alertmanagerURL',
  'slack.default.color': '__binnacle.color',
  'slack.default.callbackid': '',
  'slack.default.pretext': '',
  'slack.default.iconemoji': '',
  'slack.default.iconurl': '',
  'slack.default.text': '',
  'slack.default.footer': '',
  'pagerduty.default.description': '__subject',
  'pagerduty.default.client': '__alertmanager',
  'pagerduty.default.clientURL': '__alertmanagerURL',
  'opsgenie.default.message': '__subject',
  'opsgenie.default.source': '__alertmanagerURL',
  'wechat.default.to_user': '',
  'wechat.default.to_party': '',
  'wechat.default.to_tag': '',
  'wechat.default.agent_id': '',
  'victorops.default.entity_display_name': '__subject',
  'victorops.default.monitoring_tool': '__alertmanager',
  'pushover.default.title': '__subject',
  'pushover.default.url': '__alertmanagerURL',
  'sns.default.subject': '__subject',
  'telegram.default.message': '__binnacle.apart',
  'discord.default.content': '',
  'discord.default.title': '__subject',
  'discord.default.message': '__binnacle.apart',
  'msteams.default.summary': '__subject',
  'msteams.default.title': '__subject',
  'msteams.default.text': '__binnacle.markdown',
  'msteamsv2.default.title': '__subject',
  'msteamsv2.default.text': '__binnacle.markdown',
  'jira.default.summary': '__subject',
  'jira.default.description': '__binnacle.markdown',
  'rocketchat.default.title': '__subject',
  'rocketchat.default.alias': '__alertmanager',
  'rocketchat.default.titlelink': '__alertmanagerURL',
  'rocketchat.default.emoji': '',
  'rocketchat.default.iconurl': '',
  'rocketchat.default.text': '',
  'mattermost.default.color': '__binnacle.color',
  'mattermost.default.username': '__alertmanager',
  'mattermost.default.title': '__subject',
  'mattermost.default.titlelink': '__alertmanagerURL',
  'mattermost.default.text': '__binnacle.markdown',
  'email.default.subject': '__subject',
}

const receivers = `
{{- define "slack.default.fallback" }}{{ template "slack.default.title" . }} | {{ template "slack.default.titlelink" . }}{{ end }}
{{- define "mattermost.default.fallback" }}{{ template "mattermost.default.title" . }} | {{ template "mattermost.default.titlelink" . }}{{ end }}
{{- define "pagerduty.default.instances" }}{{ template "__text_alert_list" . }}{{ end }}

{{- define "opsgenie.default.description" }}{{ template "__binnacle.common" . }}
{{ template "__binnacle.close" . }}{{ end }}
{{- define "victorops.default.state_message" }}{{ template "__binnacle.common" . }}
{{ template "__binnacle.close" . }}{{ end }}
{{- define "wechat.default.message" }}{{ template "__subject" . }}
{{ template "__binnacle.common" . }}
{{ template "__binnacle.close" . }}
AlertmanagerUrl:
{{ template "__alertmanagerURL" . }}{{ end }}

{{- define "pushover.default.message" }}{{ template "__binnacle.common" . }}{{ template "__binnacle.apart" . }}{{ end }}
{{- define "sns.default.message" }}{{ template "__binnacle.common" . }}{{ template "__binnacle.apart" . }}{{ end }}
{{- define "webex.default.message" }}{{ template "__binnacle.common" . }}{{ template "__binnacle.apart" . }}{{ end }}
`

const names = Object.entries(same)
  .map(([name, prints]) => `{{ define "${name}" }}${prints === '' ? '' : `{{ template "${prints}" . }}`}{{ end }}`)
  .join('\n')

/** E-mail as a table that all readers show, light and dark, in our own design. */
const email = `
{{- define "__binnacle.email.pairs" }}
<table role="presentation" cellpadding="0" cellspacing="0" style="width:100%;border-collapse:collapse;margin:0 0 8px">
{{- range . }}
<tr>
<td style="padding:2px 12px 2px 0;color:#5b6470;font-size:13px;vertical-align:top;white-space:nowrap">{{ .Name }}</td>
<td style="padding:2px 0;font-size:13px;width:100%;word-break:break-word">{{ .Value }}</td>
</tr>
{{- end }}
</table>
{{- end }}

{{- define "__binnacle.email.alerts" }}
{{- range . }}
<div style="border:1px solid #d9dee5;border-radius:6px;padding:12px 16px;margin:0 0 12px">
<div style="font-size:12px;font-weight:bold;color:#5b6470;margin:0 0 4px">Labels</div>
{{ template "__binnacle.email.pairs" .Labels.SortedPairs }}
{{- if .Annotations }}
<div style="font-size:12px;font-weight:bold;color:#5b6470;margin:0 0 4px">Annotations</div>
{{ template "__binnacle.email.pairs" .Annotations.SortedPairs }}
{{- end }}
<a href="{{ .GeneratorURL }}" style="color:#0b62c4;font-size:13px">Source</a>
</div>
{{- end }}
{{- end }}

{{- define "email.default.html" -}}
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{ template "__subject" . }}</title>
</head>
<body style="margin:0;padding:24px 12px;background:#f2f4f7;color:#1c2128;font-family:system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;font-size:14px;line-height:1.5">
<table role="presentation" cellpadding="0" cellspacing="0" align="center" style="width:100%;max-width:640px;margin:0 auto">
<tr>
{{- if .Alerts.Firing }}
<td style="background:#b42318;color:#ffffff;padding:16px 20px;border-radius:8px 8px 0 0;font-size:16px;font-weight:bold">
{{- else }}
<td style="background:#1a7f37;color:#ffffff;padding:16px 20px;border-radius:8px 8px 0 0;font-size:16px;font-weight:bold">
{{- end }}
{{ len .Alerts }} alert{{ if gt (len .Alerts) 1 }}s{{ end }} for{{ range .GroupLabels.SortedPairs }} {{ .Name }}={{ .Value }}{{ end }}
</td>
</tr>
<tr>
<td style="background:#ffffff;padding:20px;border-radius:0 0 8px 8px">
<p style="margin:0 0 16px"><a href="{{ template "__alertmanagerURL" . }}" style="display:inline-block;background:#0b62c4;color:#ffffff;padding:8px 16px;border-radius:6px;text-decoration:none;font-weight:bold">View in {{ template "__alertmanager" . }}</a></p>
{{- with .Alerts.Firing }}
<h2 style="font-size:15px;margin:0 0 8px;color:#b42318">[{{ len . }}] Firing</h2>
{{ template "__binnacle.email.alerts" . }}
{{- end }}
{{- with .Alerts.Resolved }}
<h2 style="font-size:15px;margin:16px 0 8px;color:#1a7f37">[{{ len . }}] Resolved</h2>
{{ template "__binnacle.email.alerts" . }}
{{- end }}
</td>
</tr>
<tr>
<td style="padding:16px;text-align:center;font-size:12px;color:#5b6470"><a href="{{ .ExternalURL }}" style="color:#5b6470">Sent by {{ template "__alertmanager" . }}</a></td>
</tr>
</table>
</body>
</html>
{{ end }}
`

/** Files to parse before the user's `templates:`. */
export const alertmanagerDefaults: readonly { readonly name: string; readonly text: string }[] = [
  { name: 'default.tmpl', text: subject + alertLists + sections + priority + receivers + names },
  { name: 'email.tmpl', text: email },
]
