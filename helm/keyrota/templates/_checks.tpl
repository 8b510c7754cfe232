{{/* Values that do not fit together. Each is refused before anything is installed. */}}

{{- define "keyrota.check" -}}
{{- include "keyrota.checkConfig" . -}}
{{- include "keyrota.checkIdentities" . -}}
{{- include "keyrota.checkCredentials" . -}}
{{- include "keyrota.checkTimes" . -}}
{{- end -}}

{{- define "keyrota.checkConfig" -}}
{{- if .Values.existingConfigMap -}}
{{- if or .Values.config.installation .Values.config.keys .Values.config.issuers -}}
{{- fail "config and existingConfigMap are both set: keep one of them" -}}
{{- end -}}
{{- if .Values.observe -}}
{{- fail "observe cannot change the config of existingConfigMap: set defaults.observe: true there" -}}
{{- end -}}
{{- else if not .Values.config.installation -}}
{{- fail "config.installation is missing: write 2 to 8 lower case letters and digits that no other installation has, such as k7f3. It is part of the name of every new key: never change it" -}}
{{- end -}}
{{- $journal := default dict .Values.config.journal -}}
{{- if and (ne (toString $journal.type) "kubernetes") (not .Values.existingConfigMap) -}}
{{- $kept := false -}}
{{- range $mount := .Values.extraVolumeMounts -}}
{{- if hasPrefix "/var/lib/keyrota" (toString $mount.mountPath) -}}{{- $kept = true -}}{{- end -}}
{{- end -}}
{{- if not $kept -}}
{{- fail (printf "config.journal.type is %v: its records would end with the pod. Use type: kubernetes, or mount a durable volume at /var/lib/keyrota with extraVolumes and extraVolumeMounts" $journal.type) -}}
{{- end -}}
{{- if and (eq .Values.mode "deployment") (gt (int .Values.deployment.replicas) 1) -}}
{{- fail (printf "config.journal.type is %v: replicas do not share it. Use type: kubernetes, or deployment.replicas: 1" $journal.type) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "keyrota.checkIdentities" -}}
{{- if eq .Values.identities "perEnvironment" -}}
{{- if .Values.existingConfigMap -}}
{{- fail "identities: perEnvironment divides `config`; with existingConfigMap install one release for each environment" -}}
{{- end -}}
{{- if .Values.rbac.rules -}}
{{- fail "rbac.rules would give every environment the rights of all: with identities: perEnvironment bind them to the ServiceAccounts yourself" -}}
{{- end -}}
{{- if .Values.serviceAccount.name -}}
{{- fail "serviceAccount.name is one name for all: with identities: perEnvironment set environments.<name>.serviceAccount.name" -}}
{{- end -}}
{{- if (default dict .Values.config.kubernetes).teams -}}
{{- fail "config.kubernetes.teams: several identities would all report on one object of a team; use identities: shared" -}}
{{- end -}}
{{- if (default dict .Values.config.journal).namespace -}}
{{- fail "config.journal.namespace would be shared: with identities: perEnvironment set environments.<name>.namespace" -}}
{{- end -}}
{{- $environments := include "keyrota.environments" .Values.config | fromJsonArray -}}
{{- $slugs := dict -}}
{{- range $environment := $environments -}}
{{- $slug := include "keyrota.slug" $environment -}}
{{- with get $slugs $slug -}}
{{- fail (printf "the environments %q and %q would both be called %s: rename one of them" . $environment $slug) -}}
{{- end -}}
{{- $_ := set $slugs $slug $environment -}}
{{- $name := printf "%s-%s" (include "keyrota.fullname" $) $slug -}}
{{- if gt (len $name) 52 -}}
{{- fail (printf "%s is longer than the 52 characters of a CronJob's name: set a shorter fullnameOverride" $name) -}}
{{- end -}}
{{- end -}}
{{- $records := dict -}}
{{- range $identity := include "keyrota.makeIdentities" . | fromJsonArray -}}
{{- $namespace := default $identity.name $identity.config.journal.namespace -}}
{{- with get $records $namespace -}}
{{- fail (printf "the environments %q and %q both keep their records in the namespace %s: whoever may write there may have keys of the other one revoked. Give each a namespace of its own" . $identity.environment $namespace) -}}
{{- end -}}
{{- $_ := set $records $namespace $identity.environment -}}
{{- end -}}
{{- range $environment := keys .Values.environments -}}
{{- if not (has $environment $environments) -}}
{{- fail (printf "environments.%s: no key has this environment; expected one of %s" $environment (join ", " $environments)) -}}
{{- end -}}
{{- end -}}
{{- else if .Values.environments -}}
{{- fail "environments is only read with identities: perEnvironment" -}}
{{- end -}}
{{- end -}}

{{- define "keyrota.checkCredentials" -}}
{{- $read := list -}}
{{- range $identity := include "keyrota.makeIdentities" . | fromJsonArray -}}
{{- $read = concat $read (include "keyrota.credentials" (dict "root" $ "identity" $identity) | fromJsonArray) -}}
{{- end -}}
{{- range $name := $read -}}
{{- if not (hasKey $.Values.credentials $name) -}}
{{- fail (printf "the config reads /var/run/secrets/keyrota.dev/%s/, but there is no credentials.%s" $name $name) -}}
{{- end -}}
{{- end -}}
{{- range $name, $credential := .Values.credentials -}}
{{- if not (has $name $read) -}}
{{- fail (printf "credentials.%s: the config reads no file in /var/run/secrets/keyrota.dev/%s/" $name $name) -}}
{{- end -}}
{{- if ne (len (keys $credential)) 1 -}}
{{- fail (printf "credentials.%s: expected one of existingSecret, csi, externalSecret" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "keyrota.checkTimes" -}}
{{- if eq .Values.mode "cronjob" -}}
{{- $wait := include "keyrota.seconds" .Values.cronjob.wait | int64 -}}
{{- with .Values.cronjob.activeDeadlineSeconds -}}
{{- if lt (int64 .) (add $wait 120) -}}
{{- fail (printf "cronjob.activeDeadlineSeconds is %d: expected at least %d, which is cronjob.wait and two minutes for the last call" (int64 .) (add $wait 120)) -}}
{{- end -}}
{{- end -}}
{{- include "keyrota.checkCallLimit" (dict "root" . "field" "cronjob.terminationGracePeriodSeconds" "seconds" .Values.cronjob.terminationGracePeriodSeconds) -}}
{{- else -}}
{{- $grace := include "keyrota.seconds" .Values.deployment.grace | int64 -}}
{{- if lt (int64 .Values.deployment.terminationGracePeriodSeconds) (add $grace 5) -}}
{{- fail (printf "deployment.terminationGracePeriodSeconds is %d: expected at least %d, which is deployment.grace and 5 seconds" (int64 .Values.deployment.terminationGracePeriodSeconds) (add $grace 5)) -}}
{{- end -}}
{{- include "keyrota.checkCallLimit" (dict "root" . "field" "deployment.grace" "seconds" $grace) -}}
{{- end -}}
{{- if and (ne .Values.mode "deployment") (or .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled) -}}
{{- fail "metrics.serviceMonitor and metrics.podMonitor need mode: deployment; a CronJob cannot be scraped, see kubeStateMetrics" -}}
{{- end -}}
{{- end -}}

{{/* A call that was sent is not cut off: its outcome would be unknown until the next run looks. */}}
{{- define "keyrota.checkCallLimit" -}}
{{- $limits := list (default "20s" (default dict .root.Values.config.defaults).callLimit) -}}
{{- range $key := .root.Values.config.keys -}}
{{- with $key.callLimit -}}{{- $limits = append $limits . -}}{{- end -}}
{{- end -}}
{{- range $limit := $limits -}}
{{- $seconds := include "keyrota.seconds" $limit | int64 -}}
{{- if le (int64 $.seconds) $seconds -}}
{{- fail (printf "%s is %ds: expected more than the longest callLimit, which is %s" $.field (int64 $.seconds) $limit) -}}
{{- end -}}
{{- end -}}
{{- end -}}
