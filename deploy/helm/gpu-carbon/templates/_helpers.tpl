{{- /* The name of every object. */ -}}
{{- define "gpu-carbon.name" -}}
{{- if contains "gpu-carbon" .Release.Name -}}
{{ printf "%s-exporter" .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-gpu-carbon-exporter" .Release.Name | trunc 63 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{- /* The labels by which the pods are selected, which never change. */ -}}
{{- define "gpu-carbon.selector" -}}
app.kubernetes.io/name: gpu-carbon-exporter
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "gpu-carbon.labels" -}}
{{ include "gpu-carbon.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end -}}

{{- define "gpu-carbon.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end -}}

{{- /* The exporter's configuration, with the ledger and the kubelet where they are asked for. */ -}}
{{- define "gpu-carbon.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- if .Values.ledger.enabled -}}
{{- $_ := set $config "ledger" (merge (deepCopy (dig "ledger" dict $config)) (dict "path" "/var/lib/gpu-carbon/ledger.db")) -}}
{{- end -}}
{{- if and .Values.pods.enabled (not (hasKey $config "attribution")) -}}
{{- $_ := set $config "attribution" (dict "holders" (list "kubelet")) -}}
{{- end -}}
{{ toYaml $config }}
{{- end -}}

{{- /* A text with the addresses of the runbook and of Grafana, which are paths in the rules and in the dashboard. */ -}}
{{- define "gpu-carbon.addressed" -}}
{{- $text := .text -}}
{{- with .root.Values.prometheusRule.runbookUrl -}}
{{- $text = replace "deploy/README.md" . $text -}}
{{- end -}}
{{- with .root.Values.prometheusRule.grafanaUrl -}}
{{- $text = replace "dashboard_url: d/" (printf "dashboard_url: %s/d/" (trimSuffix "/" .)) $text -}}
{{- end -}}
{{ $text }}
{{- end -}}
