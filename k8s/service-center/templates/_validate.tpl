{{/* Values of the original that mean nothing here are refused, all of them at once, each with what to use. */}}
{{- define "sc.validate" -}}
{{- $sc := .Values.sc -}}
{{- $faults := list -}}
{{- if has $sc.registry.type (list "etcd" "embedded_etcd") -}}
{{- $faults = append $faults (printf "sc.registry.type=%s: there is no etcd, every node keeps the registry itself. Use buildin." $sc.registry.type) -}}
{{- else if not (has $sc.registry.type (list "buildin" "")) -}}
{{- $faults = append $faults (printf "sc.registry.type=%s is unknown. Use buildin." $sc.registry.type) -}}
{{- end -}}
{{- if $sc.registry.addr -}}
{{- $faults = append $faults (printf "sc.registry.addr=%s was the address of an etcd, and there is none. Leave it out; other clusters go into sc.discovery.clusters." $sc.registry.addr) -}}
{{- end -}}
{{- if eq $sc.discovery.type "etcd" -}}
{{- $faults = append $faults "sc.discovery.type=etcd: there is no etcd, nodes tell each other. Use aggregate, k8s, servicecenter or local." -}}
{{- else if not (has $sc.discovery.type (list "aggregate" "k8s" "servicecenter" "local")) -}}
{{- $faults = append $faults (printf "sc.discovery.type=%s is unknown. Use aggregate, k8s, servicecenter or local." $sc.discovery.type) -}}
{{- end -}}
{{- range splitList "," ($sc.discovery.aggregate | nospace) -}}
{{- if eq . "etcd" -}}
{{- $faults = append $faults "sc.discovery.aggregate: there is no etcd, nodes tell each other. Use k8s\\,servicecenter." -}}
{{- else if and . (not (has . (list "k8s" "servicecenter"))) -}}
{{- $faults = append $faults (printf "sc.discovery.aggregate: %s is unknown. Use k8s, servicecenter or both: k8s\\,servicecenter." .) -}}
{{- end -}}
{{- end -}}
{{- if contains "127.0.0.1:2380" $sc.discovery.clusters -}}
{{- $faults = append $faults (printf "sc.discovery.clusters=%s: that was an etcd in the Pod itself. Name the other clusters, such as sc2=http://10.12.0.2:30100." $sc.discovery.clusters) -}}
{{- end -}}
{{- range $key := list "image" "replicaCount" "resources" "nodeSelector" -}}
{{- if hasKey $.Values.frontend $key -}}
{{- $faults = append $faults (printf "frontend.%s: there is no second process, every node serves the dashboard at /ui. Leave it out; sc.%s is for the nodes." $key $key) -}}
{{- end -}}
{{- end -}}
{{- if hasKey .Values.frontend.service "internalPort" -}}
{{- $faults = append $faults "frontend.service.internalPort: the dashboard is served at sc.service.internalPort. Leave it out." -}}
{{- end -}}
{{- if regexMatch "[=,/]" (include "sc.cluster" .) -}}
{{- $faults = append $faults (printf "sc.cluster=%s: a cluster's name has no =, comma or slash. Other clusters go into sc.discovery.clusters." (include "sc.cluster" .)) -}}
{{- end -}}
{{- if and $sc.meshKey.value $sc.meshKey.existingSecret -}}
{{- $faults = append $faults "sc.meshKey.value and sc.meshKey.existingSecret: give one of them." -}}
{{- end -}}
{{- if and $sc.ssl.verifyClient (or (not $sc.ssl.secret) (not $sc.ssl.caKey)) -}}
{{- $faults = append $faults "sc.ssl.verifyClient needs sc.ssl.secret, and sc.ssl.caKey: who vouches for clients." -}}
{{- end -}}
{{- if and $sc.persistence.enabled (eq $sc.kind "DaemonSet") (not $sc.persistence.hostPath) -}}
{{- $faults = append $faults "sc.persistence.enabled with sc.kind=DaemonSet needs sc.persistence.hostPath. Or use sc.kind=StatefulSet, whose Pods get claims." -}}
{{- end -}}
{{- if and $sc.persistence.enabled (eq $sc.kind "Deployment") (or (not $sc.persistence.existingClaim) (gt (int $sc.replicaCount) 1)) -}}
{{- $faults = append $faults "sc.persistence.enabled with sc.kind=Deployment needs sc.persistence.existingClaim and one replica. Use sc.kind=StatefulSet for more." -}}
{{- end -}}
{{- range $name, $port := dict "sc.service" (list $sc.service.type $sc.service.externalPort) "sc.gossip" (list (include "sc.gossipType" .) $sc.gossip.externalPort) -}}
{{- if and (eq (index $port 0) "NodePort") (or (lt (int (index $port 1)) 30000) (gt (int (index $port 1)) 32767)) -}}
{{- $faults = append $faults (printf "%s.externalPort=%d is used as node port: use 30000 to 32767." $name (int (index $port 1))) -}}
{{- end -}}
{{- end -}}
{{- if $faults -}}
{{- fail (printf "\n\n  %s\n" (join "\n  " $faults)) -}}
{{- end -}}
{{- end -}}
