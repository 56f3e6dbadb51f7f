{{- define "sc.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if .Values.nameOverride -}}
{{- printf "%s-%s" .Release.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "sc.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sc.labels" -}}
{{ include "sc.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Own Services are no microservices: the nodes show themselves. */}}
{{- define "sc.unregistered" -}}
service-center.servicecomb.io/register: "false"
{{- end -}}

{{- define "sc.cluster" -}}
{{- .Values.sc.cluster | default .Values.sc.registry.name | default .Release.Name -}}
{{- end -}}

{{- define "sc.serviceAccount" -}}
{{- if .Values.sc.serviceAccount.create -}}
{{- .Values.sc.serviceAccount.name | default (include "sc.fullname" .) -}}
{{- else -}}
{{- .Values.sc.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* "true" or nothing: whether Kubernetes is followed. */}}
{{- define "sc.followsKubernetes" -}}
{{- $kinds := splitList "," (.Values.sc.discovery.aggregate | nospace) -}}
{{- if eq .Values.sc.discovery.type "k8s" -}}true
{{- else if and (eq .Values.sc.discovery.type "aggregate") (has "k8s" $kinds) -}}true
{{- end -}}
{{- end -}}

{{- define "sc.gossipType" -}}
{{- .Values.sc.gossip.type | default .Values.sc.service.type -}}
{{- end -}}

{{- define "sc.scheme" -}}
{{- ternary "https" "http" (ne .Values.sc.ssl.secret "") -}}
{{- end -}}

{{/* How a node is asked whether it is well: by the kubelet, or, since that has no certificate to show, by the node's own. */}}
{{- define "sc.probe" -}}
{{- $sc := .root.Values.sc -}}
{{- if and $sc.ssl.secret $sc.ssl.verifyClient -}}
exec:
  command:
    - /usr/local/bin/node
    - /app/bin/probe.cjs
    - https://127.0.0.1:{{ int $sc.service.internalPort }}/grapevine/v1/{{ .path }}
    - /etc/grapevine/ssl/cert
    - /etc/grapevine/ssl/key
{{- else -}}
httpGet: {path: /grapevine/v1/{{ .path }}, port: http, scheme: {{ include "sc.scheme" .root | upper }}}
{{- end -}}
{{- end -}}

{{- define "sc.meshKeySecret" -}}
{{- if .Values.sc.meshKey.existingSecret -}}
{{- .Values.sc.meshKey.existingSecret -}}
{{- else if .Values.sc.meshKey.value -}}
{{- include "sc.fullname" . }}-mesh-key
{{- end -}}
{{- end -}}

{{/* Pods of one release are told apart from those of others by this name, cluster-wide objects by the namespace as well. */}}
{{- define "sc.clusterWide" -}}
{{- printf "%s-%s" (include "sc.fullname" .) .Release.Namespace -}}
{{- end -}}

{{- define "sc.optionsFile" -}}
{{- toYaml .Values.sc.options -}}
{{- end -}}
