{{/* Names and labels. A call takes (dict "root" $ "name" NAME), NAME being a service of values.services. */}}

{{- define "tillstream.name" -}}
{{- printf "%s-%s" .root.Release.Name .name | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "tillstream.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{- define "tillstream.labels" -}}
{{ include "tillstream.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* The secrets that one service sees: those of all and its own, each once, in order. */}}
{{- define "tillstream.secrets" -}}
{{- $service := index .root.Values.services .name -}}
{{- concat .root.Values.secrets $service.secrets | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* "yes" for a service that books to accounts, and so reads the account map. */}}
{{- define "tillstream.books" -}}
{{- if has .name (list "inventory" "journal") }}yes{{ end -}}
{{- end -}}
