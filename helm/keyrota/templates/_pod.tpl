{{/* The spec of every pod: dict "root" . "identity" … "args" …, and as needed "grace", "deadline", "container". */}}

{{- define "keyrota.podSpec" -}}
{{- $values := .root.Values -}}
{{- $credentials := include "keyrota.credentials" (pick . "root" "identity") | fromJsonArray -}}
serviceAccountName: {{ .identity.serviceAccount.name | quote }}
automountServiceAccountToken: {{ include "keyrota.needsToken" . }}
enableServiceLinks: false
{{- with $values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
restartPolicy: {{ .restartPolicy }}
terminationGracePeriodSeconds: {{ int64 .grace }}
{{- with $values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: keyrota
    image: {{ include "keyrota.image" .root | quote }}
    imagePullPolicy: {{ $values.image.pullPolicy }}
    args: {{ toJson .args }}
    env:
      - { name: KEYROTA_CONFIG, value: /etc/keyrota/keyrota.yaml }
      - { name: KEYROTA_STATE, value: /var/lib/keyrota }
      {{- with $values.extraEnv }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    {{- with .container }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- with $values.securityContext }}
    securityContext:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with $values.resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    volumeMounts:
      - { name: config, mountPath: /etc/keyrota, readOnly: true }
      {{- range $name := $credentials }}
      - { name: {{ printf "credential-%s" $name }}, mountPath: {{ printf "/var/run/secrets/keyrota.dev/%s" $name }}, readOnly: true }
      {{- end }}
      {{- if not (include "keyrota.hasOwnState" .root) }}
      - { name: state, mountPath: /var/lib/keyrota }
      {{- end }}
      - { name: tmp, mountPath: /tmp }
      {{- with $values.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
volumes:
  - name: config
    configMap:
      name: {{ default .identity.name $values.existingConfigMap | quote }}
  {{- range $name := $credentials }}
  {{- include "keyrota.credentialVolume" (dict "root" $.root "name" $name) | nindent 2 }}
  {{- end }}
  {{- if not (include "keyrota.hasOwnState" .root) }}
  - name: state
    emptyDir: { sizeLimit: 64Mi }
  {{- end }}
  - name: tmp
    emptyDir: { sizeLimit: 64Mi }
  {{- with $values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- include "keyrota.scheduling" . }}
{{- end -}}

{{/* Where the pods run. Replicas are spread softly unless the values say how. */}}
{{- define "keyrota.scheduling" -}}
{{- $values := .root.Values -}}
{{- range $field := list "nodeSelector" "tolerations" "affinity" "priorityClassName" "runtimeClassName" "dnsConfig" "hostAliases" }}
{{- with get $values $field }}
{{ $field }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- if $values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml $values.topologySpreadConstraints | nindent 2 }}
{{- else if .component }}
topologySpreadConstraints:
  {{- range $topology := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ $topology }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "keyrota.selector" (pick $ "root" "identity") | nindent 8 }}
        app.kubernetes.io/component: {{ $.component }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* A volume of the values at the state folder; empty if there is none. */}}
{{- define "keyrota.hasOwnState" -}}
{{- range $mount := .Values.extraVolumeMounts -}}
{{- if hasPrefix "/var/lib/keyrota" (toString $mount.mountPath) -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{- define "keyrota.credentialVolume" -}}
{{- $credential := get .root.Values.credentials .name -}}
- name: {{ printf "credential-%s" .name }}
{{- if $credential.csi }}
  csi:
    driver: {{ default "secrets-store.csi.k8s.io" $credential.csi.driver | quote }}
    readOnly: true
    volumeAttributes:
      secretProviderClass: {{ $credential.csi.secretProviderClass | quote }}
{{- else }}
  secret:
    secretName: {{ default (printf "%s-%s" (include "keyrota.fullname" .root) .name) $credential.existingSecret | quote }}
    # 0440: readable by the user of the pod through its group.
    defaultMode: 288
{{- end }}
{{- end -}}

{{/* Whether anything of the config speaks to the API server of this cluster. */}}
{{- define "keyrota.needsToken" -}}
{{- $grants := include "keyrota.grants" (pick . "root" "identity") | fromJsonArray -}}
{{- $teams := (default dict .identity.config.kubernetes).teams -}}
{{- $usesStore := false -}}
{{- range $store := .identity.config.stores -}}
{{- if and (eq (toString $store.type) "kubernetes-secret") (not $store.kubeconfig) -}}{{- $usesStore = true -}}{{- end -}}
{{- end -}}
{{- or (gt (len $grants) 0) (gt (len (default list $teams)) 0) $usesStore -}}
{{- end -}}

{{/* Labels and annotations of a pod. */}}
{{- define "keyrota.podMetadata" -}}
labels:
  {{- include "keyrota.selector" (pick . "root" "identity") | nindent 2 }}
  {{- with .component }}
  app.kubernetes.io/component: {{ . }}
  {{- end }}
  {{- with merge dict .identity.podLabels .root.Values.podLabels .root.Values.commonLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  kubectl.kubernetes.io/default-container: keyrota
  {{- with merge dict .root.Values.podAnnotations .root.Values.commonAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}
