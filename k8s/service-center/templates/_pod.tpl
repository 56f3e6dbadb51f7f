{{- define "sc.pod" -}}
{{- $sc := .Values.sc -}}
{{/* Seconds: a probe that starts a process is not asked every second. */}}
{{- $every := ternary 5 1 (and (ne $sc.ssl.secret "") $sc.ssl.verifyClient) -}}
metadata:
  labels:
    {{- include "sc.labels" . | nindent 4 }}
    {{- with $sc.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/options: {{ include "sc.optionsFile" . | sha256sum }}
    checksum/mesh-key: {{ $sc.meshKey.value | sha256sum }}
    {{- with $sc.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "sc.serviceAccount" . }}
  automountServiceAccountToken: {{ include "sc.followsKubernetes" . | eq "true" }}
  terminationGracePeriodSeconds: {{ int $sc.terminationGracePeriodSeconds }}
  {{- with $sc.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $sc.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  {{- with $sc.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $sc.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $sc.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if $sc.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml $sc.topologySpreadConstraints | nindent 4 }}
  {{- else if ne $sc.kind "DaemonSet" }}
  topologySpreadConstraints:
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "sc.selector" $ | nindent 10 }}
    {{- end }}
  {{- end }}
  containers:
    - name: service-center
      image: "{{ $sc.image.repository }}:{{ $sc.image.tag | default .Chart.AppVersion }}"
      imagePullPolicy: {{ $sc.image.pullPolicy }}
      args:
        {{- include "sc.args" . | nindent 8 }}
      env:
        - name: POD_NAME
          valueFrom: {fieldRef: {fieldPath: metadata.name}}
        - name: POD_IP
          valueFrom: {fieldRef: {fieldPath: status.podIP}}
        - name: HOST_IP
          valueFrom: {fieldRef: {fieldPath: status.hostIP}}
        {{- if and $sc.ssl.secret $sc.ssl.caKey }}
        # Who vouches for the nodes that this one asks.
        - name: NODE_EXTRA_CA_CERTS
          value: /etc/grapevine/ssl/ca
        {{- end }}
        {{- with $sc.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        - name: http
          containerPort: {{ int $sc.service.internalPort }}
          protocol: TCP
        - name: gossip
          containerPort: {{ int $sc.gossip.port }}
          protocol: TCP
      # It answers as soon as it has read its disk; whether it may serve is another question.
      startupProbe:
        {{- include "sc.probe" (dict "root" . "path" "identity") | nindent 8 }}
        periodSeconds: {{ $every }}
        timeoutSeconds: 5
        failureThreshold: {{ div 120 $every }}
      livenessProbe:
        {{- include "sc.probe" (dict "root" . "path" "identity") | nindent 8 }}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      # Ready: it has repaired with a peer once, or nobody is there to repair with.
      readinessProbe:
        {{- include "sc.probe" (dict "root" . "path" "ready") | nindent 8 }}
        periodSeconds: {{ mul 2 $every }}
        timeoutSeconds: 5
      lifecycle:
        preStop:
          sleep: {seconds: {{ int $sc.preStopSeconds }}}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      resources:
        {{- toYaml $sc.resources | nindent 8 }}
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        {{- if $sc.persistence.enabled }}
        - name: data
          mountPath: /var/lib/grapevine
        {{- end }}
        {{- if include "sc.meshKeySecret" . }}
        - name: mesh-key
          mountPath: /etc/grapevine/mesh-key
          readOnly: true
        {{- end }}
        {{- if $sc.ssl.secret }}
        - name: ssl
          mountPath: /etc/grapevine/ssl
          readOnly: true
        {{- end }}
        {{- if $sc.servicecenter.secret }}
        - name: servicecenter
          mountPath: /etc/grapevine/servicecenter
          readOnly: true
        {{- end }}
        {{- if $sc.options }}
        - name: options
          mountPath: /etc/grapevine/options
          readOnly: true
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: {sizeLimit: 64Mi}
    {{- if and $sc.persistence.enabled (eq $sc.kind "DaemonSet") }}
    - name: data
      hostPath: {path: {{ $sc.persistence.hostPath | quote }}, type: DirectoryOrCreate}
    {{- else if and $sc.persistence.enabled (eq $sc.kind "Deployment") }}
    - name: data
      persistentVolumeClaim: {claimName: {{ $sc.persistence.existingClaim | quote }}}
    {{- end }}
    {{- with include "sc.meshKeySecret" . }}
    - name: mesh-key
      secret:
        secretName: {{ . }}
        defaultMode: 0440
        items:
          - key: {{ $sc.meshKey.secretKey | quote }}
            path: key
    {{- end }}
    {{- if $sc.ssl.secret }}
    - name: ssl
      secret:
        secretName: {{ $sc.ssl.secret | quote }}
        defaultMode: 0440
        items:
          - {key: {{ $sc.ssl.certKey | quote }}, path: cert}
          - {key: {{ $sc.ssl.keyKey | quote }}, path: key}
          {{- with $sc.ssl.caKey }}
          - {key: {{ . | quote }}, path: ca}
          {{- end }}
    {{- end }}
    {{- with $sc.servicecenter.secret }}
    - name: servicecenter
      secret: {secretName: {{ . | quote }}, defaultMode: 0440}
    {{- end }}
    {{- if $sc.options }}
    - name: options
      configMap: {name: {{ include "sc.fullname" . }}}
    {{- end }}
{{- end -}}
