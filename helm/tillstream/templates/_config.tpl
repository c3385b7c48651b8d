{{/*
The settings of one service as TOML. Helm's own toToml writes whole numbers as floats, which the services refuse, so
values are written here. A JSON string is a TOML string.
*/}}

{{- define "tillstream.toml.value" -}}
{{- if kindIs "string" . -}}
{{ toJson . }}
{{- else if kindIs "slice" . -}}
[{{ range $at, $item := . }}{{ if $at }}, {{ end }}{{ include "tillstream.toml.value" $item }}{{ end }}]
{{- else if kindIs "map" . -}}
{ {{- range $at, $key := keys . | sortAlpha }}{{ if $at }},{{ end }} {{ toJson $key }} = {{ include "tillstream.toml.value" (index $ $key) }}{{ end }} }
{{- else if kindIs "float64" . -}}
{{ if eq (float64 (int64 .)) . }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- else -}}
{{ . }}
{{- end -}}
{{- end -}}

{{/* A section; keys without a value are left out. */}}
{{- define "tillstream.toml.section" -}}
[{{ .name }}]
{{- range $key, $value := .values }}
{{- if not (kindIs "invalid" $value) }}
{{ $key }} = {{ include "tillstream.toml.value" $value }}
{{- end }}
{{- end }}
{{ end -}}

{{- define "tillstream.config" -}}
{{- $values := .root.Values -}}
{{- $service := index $values.services .name -}}
{{- $given := dict "admin_address" (printf "0.0.0.0:%d" (int $values.adminPort)) "drain_seconds" $values.drainSeconds -}}
{{ include "tillstream.toml.section" (dict "name" "process" "values" (merge $given $values.process)) }}
{{ include "tillstream.toml.section" (dict "name" "kafka" "values" $values.kafka) }}
{{ include "tillstream.toml.section" (dict "name" "registry" "values" $values.registry) }}
{{- $map := dict }}
{{- if include "tillstream.books" . }}
{{- $_ := set $map "account_map" "/etc/tillstream/config/accounts.toml" }}
{{- if $values.nextAccountMap }}
{{- $_ := set $map "next_account_map" "/etc/tillstream/config/next-accounts.toml" }}
{{- end }}
{{- end }}
{{ include "tillstream.toml.section" (dict "name" .name "values" (merge $map $service.settings)) }}
{{- end -}}

{{/* The files of one service's ConfigMap. */}}
{{- define "tillstream.files" -}}
config.toml: |
  {{- include "tillstream.config" . | trim | nindent 2 }}
{{- if include "tillstream.books" . }}
accounts.toml: |
  {{- .root.Values.accountMap | trim | nindent 2 }}
{{- with .root.Values.nextAccountMap }}
next-accounts.toml: |
  {{- . | trim | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}
