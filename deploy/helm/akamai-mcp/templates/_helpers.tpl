{{- define "akamai-mcp.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "akamai-mcp.selector" -}}
app.kubernetes.io/name: akamai-mcp
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "akamai-mcp.metadata" -}}
name: {{ include "akamai-mcp.name" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "akamai-mcp.selector" . | nindent 2 }}
  app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .Release.Service }}
  helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}
