{{/*
Who does the work. An identity has a ServiceAccount, a config, Roles and a workload. There is one, or one for each
environment of the keys. As JSON, since a template returns text: a list of
{ name, environment, slug, config, serviceAccount, podLabels }.
*/}}

{{- define "keyrota.identities" -}}
{{- include "keyrota.check" . -}}
{{- include "keyrota.makeIdentities" . -}}
{{- end -}}

{{/* The same of values that may not fit together. */}}
{{- define "keyrota.makeIdentities" -}}
{{- $config := include "keyrota.config" . | fromJson -}}
{{- $name := include "keyrota.fullname" . -}}
{{- if eq .Values.identities "shared" -}}
{{- $account := dict "name" (default $name .Values.serviceAccount.name) "annotations" .Values.serviceAccount.annotations -}}
{{- list (dict "name" $name "environment" "" "slug" "" "config" $config "serviceAccount" $account "podLabels" dict) | toJson -}}
{{- else -}}
{{- $identities := list -}}
{{- range $environment := include "keyrota.environments" $config | fromJsonArray -}}
{{- $slug := include "keyrota.slug" $environment -}}
{{- $own := printf "%s-%s" $name $slug -}}
{{- $differs := default dict (get $.Values.environments $environment) -}}
{{- $given := default dict $differs.serviceAccount -}}
{{- $annotations := merge dict (default dict $given.annotations) $.Values.serviceAccount.annotations -}}
{{- $account := dict "name" (default $own $given.name) "annotations" $annotations -}}
{{- $part := include "keyrota.partOfConfig" (dict "config" $config "environment" $environment) | fromJson -}}
{{- if eq (toString $part.journal.type) "kubernetes" -}}
{{- $_ := set $part "journal" (merge (dict "namespace" (default (printf "%s-%s" $.Release.Namespace $slug) $differs.namespace)) $part.journal) -}}
{{- end -}}
{{- $identities = append $identities (dict "name" $own "environment" $environment "slug" $slug "config" $part "serviceAccount" $account "podLabels" (default dict $differs.podLabels)) -}}
{{- end -}}
{{- $identities | toJson -}}
{{- end -}}
{{- end -}}

{{/*
The config of all keys. What is in this cluster and names no namespace is in that of the release: said there, so that
two names are never taken for one Secret, and so that the config means the same wherever it is read. With `observe`
nothing is changed, whatever a key says.
*/}}
{{- define "keyrota.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $here := dict "namespace" .Release.Namespace -}}
{{- range $section, $types := dict "stores" (list "kubernetes-secret") "consumers" (list "kubernetes-rollout" "external-secret") -}}
{{- range $name, $part := default dict (get $config $section) -}}
{{- if and (has (toString $part.type) $types) (not $part.kubeconfig) -}}
{{- $_ := set (get $config $section) $name (merge dict $part $here) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if .Values.observe -}}
{{- $_ := set $config "defaults" (merge (dict "observe" true) (default dict $config.defaults)) -}}
{{- range $key := $config.keys -}}
{{- $_ := unset $key "observe" -}}
{{- end -}}
{{- end -}}
{{- /* Keys of teams are in namespaces of their own, so the journal looks into all. */ -}}
{{- if and (default dict $config.kubernetes).teams (eq (toString $config.journal.type) "kubernetes") -}}
{{- $_ := set $config "journal" (merge dict $config.journal (dict "namespaces" "all")) -}}
{{- end -}}
{{- if .Values.existingConfigMap -}}
{{- $config = dict "journal" (dict "type" "kubernetes") -}}
{{- end -}}
{{- $config | toJson -}}
{{- end -}}

{{/* The environments of the keys, in order. */}}
{{- define "keyrota.environments" -}}
{{- $found := list -}}
{{- range $key := .keys -}}
{{- $found = append $found $key.environment -}}
{{- end -}}
{{- $found | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* An environment's name as part of the name of an object. */}}
{{- define "keyrota.slug" -}}
{{- regexReplaceAll "[^a-z0-9]+" (lower .) "-" | trimAll "-" | trunc 30 | trimSuffix "-" -}}
{{- end -}}

{{/* The config with the keys of one environment, and only the issuers, stores and consumers that they use. */}}
{{- define "keyrota.partOfConfig" -}}
{{- $environment := .environment -}}
{{- $keys := dict -}}
{{- $used := dict "issuers" list "stores" list "consumers" list -}}
{{- range $name, $key := .config.keys -}}
{{- if eq $key.environment $environment -}}
{{- $_ := set $keys $name $key -}}
{{- $_ := set $used "issuers" (append $used.issuers $key.issuer) -}}
{{- range $target := $key.targets -}}
{{- $_ := set $used "stores" (append $used.stores $target.store) -}}
{{- end -}}
{{- $_ := set $used "consumers" (concat $used.consumers (default list $key.consumers)) -}}
{{- end -}}
{{- end -}}
{{- $part := omit (deepCopy .config) "keys" -}}
{{- range $section, $names := $used -}}
{{- $_ := set $part $section (dict) -}}
{{- range $name := uniq $names -}}
{{- with get (default dict (get $.config $section)) $name -}}
{{- $_ := set (get $part $section) $name . -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $_ := set $part "keys" $keys -}}
{{- $part | toJson -}}
{{- end -}}

{{/* The credentials that the config of an identity reads, in order. What it does not read is not mounted. */}}
{{- define "keyrota.credentials" -}}
{{- $names := list -}}
{{- if .root.Values.existingConfigMap -}}
{{- $names = keys .root.Values.credentials -}}
{{- else -}}
{{- range $path := regexFindAll "/var/run/secrets/keyrota\\.dev/[^/\"\\\\]+/" (toJson .identity.config) -1 -}}
{{- $names = append $names (base $path) -}}
{{- end -}}
{{- end -}}
{{- $names | uniq | sortAlpha | toJson -}}
{{- end -}}
