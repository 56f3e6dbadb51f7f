{{/* The command line of a node. $(POD_IP) and $(HOST_IP) are filled in by Kubernetes. */}}
{{- define "sc.args" -}}
{{- $sc := .Values.sc -}}
{{- $ip := ternary "[$(POD_IP)]" "$(POD_IP)" (eq $sc.ipFamily "IPv6") -}}
{{- $any := ternary "[::]" "0.0.0.0" (eq $sc.ipFamily "IPv6") -}}
{{- $family := ternary "ip6" "ip4" (eq $sc.ipFamily "IPv6") -}}
- start
- --cluster={{ include "sc.cluster" . }}
- --node=$(POD_NAME)
- --http={{ $any }}:{{ int $sc.service.internalPort }}
- --http-advertise={{ $ip }}:{{ int $sc.service.internalPort }}
- --gossip=/{{ $family }}/{{ $any | trimPrefix "[" | trimSuffix "]" }}/tcp/{{ int $sc.gossip.port }}
- --advertise=/{{ $family }}/$(POD_IP)/tcp/{{ int $sc.gossip.port }}
{{- if eq (include "sc.gossipType" .) "NodePort" }}
- --advertise=/{{ $family }}/$(HOST_IP)/tcp/{{ int $sc.gossip.externalPort }}
{{- end }}
{{- range $sc.gossip.advertise }}
- --advertise={{ . }}
{{- end }}
{{- if $sc.ssl.secret }}
- --ssl-mode=true
- --ssl-cert-file=/etc/grapevine/ssl/cert
- --ssl-key-file=/etc/grapevine/ssl/key
- --ssl-min-version={{ $sc.ssl.minVersion }}
{{- if $sc.ssl.verifyClient }}
- --ssl-verify-client=true
- --ssl-trust-file=/etc/grapevine/ssl/ca
{{- end }}
{{- end }}
- --peers={{ include "sc.scheme" . }}://{{ include "sc.fullname" . }}-nodes.{{ .Release.Namespace }}.svc:{{ int $sc.service.internalPort }}
{{- with $sc.discovery.clusters }}
- --clusters={{ . }}
{{- end }}
- --discovery-kind={{ $sc.discovery.type }}
{{- with $sc.discovery.aggregate }}
- --discovery-aggregate={{ . | nospace }}
{{- end }}
- --registry-self-register={{ $sc.registry.enabled }}
{{- if include "sc.meshKeySecret" . }}
- --mesh-key=/etc/grapevine/mesh-key/key
{{- end }}
{{- with $sc.allow }}
- --allow={{ join "," . }}
{{- end }}
{{- if $sc.persistence.enabled }}
- --data=/var/lib/grapevine
{{- end }}
{{- if include "sc.followsKubernetes" . }}
{{- with $sc.kubernetes.namespaces }}
- --kubernetes-namespaces={{ join "," . }}
{{- end }}
- --kubernetes-exclude-namespaces={{ join "," $sc.kubernetes.excludeNamespaces }}
- --kubernetes-namespaced-names={{ $sc.kubernetes.namespacedNames }}
- --kubernetes-export={{ $sc.kubernetes.export }}
- --kubernetes-export-check={{ $sc.kubernetes.exportCheck }}
{{- end }}
- --servicecenter-interval={{ $sc.servicecenter.interval }}
{{- if $sc.servicecenter.secret }}
{{- $files := dict "token" "token" "ca.crt" "ca" "tls.crt" "cert" "tls.key" "key" }}
{{- range $sc.servicecenter.keys }}
- --servicecenter-{{ get $files . }}-file=/etc/grapevine/servicecenter/{{ . }}
{{- end }}
{{- end }}
{{- if $sc.options }}
- --config=/etc/grapevine/options/grapevine.yaml
{{- end }}
{{- range $sc.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}
