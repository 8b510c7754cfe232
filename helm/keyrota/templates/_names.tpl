{{/* Names and labels. */}}

{{- define "keyrota.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Name of the objects of the release. A CronJob's name has at most 52 characters. */}}
{{- define "keyrota.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "keyrota.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "keyrota.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* What a selector matches: it can never change, so it has nothing that a value or a version changes. */}}
{{- define "keyrota.selector" -}}
app.kubernetes.io/name: {{ include "keyrota.name" .root | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
{{- with .identity }}
{{- if .slug }}
keyrota.dev/environment: {{ .slug | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Metadata of an object: dict "root" . "name" …, and as needed "namespace", "identity", "labels", "annotations". */}}
{{- define "keyrota.metadata" -}}
name: {{ .name | quote }}
{{- if ne (default "" .namespace) "cluster" }}
namespace: {{ default .root.Release.Namespace .namespace | quote }}
{{- end }}
labels:
  {{- include "keyrota.selector" (pick . "root" "identity") | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service | quote }}
  helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | quote }}
  {{- with merge dict (default dict .labels) .root.Values.commonLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge dict (default dict .annotations) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Seconds of a duration such as 90s, 10m, 2h or 1d. */}}
{{- define "keyrota.seconds" -}}
{{- $unit := dict "s" 1 "m" 60 "h" 3600 "d" 86400 "w" 604800 -}}
{{- if hasSuffix "ms" . -}}
{{- div (trimSuffix "ms" . | int64) 1000 -}}
{{- else -}}
{{- mul (regexFind "^[0-9]+" . | int64) (get $unit (regexFind "[smhdw]$" .)) -}}
{{- end -}}
{{- end -}}

{{/* Name of the Service in front of the metrics. */}}
{{- define "keyrota.metricsName" -}}
{{- printf "%s-metrics" (include "keyrota.fullname" .) -}}
{{- end -}}

{{/* Name of a workload, for text: with an identity for each environment, of the first one. */}}
{{- define "keyrota.anyName" -}}
{{- range $at, $identity := include "keyrota.identities" . | fromJsonArray -}}
{{- if eq $at 0 }}{{ $identity.name }}{{ end -}}
{{- end -}}
{{- end -}}
