{{/*
What an identity may do, worked out from its config: the Secrets of its targets and the workloads of its consumers by
name, and its records. As JSON: a list of { namespace, rules }. Stores and consumers with a kubeconfig are in another
cluster, whose Roles `keyrota permissions` prints.
*/}}

{{- define "keyrota.grants" -}}
{{- $own := .root.Release.Namespace -}}
{{- $config := .identity.config -}}
{{- $found := dict -}}
{{- range $key := $config.keys -}}
{{- range $target := $key.targets -}}
{{- $store := default dict (get (default dict $config.stores) $target.store) -}}
{{- if and (eq (toString $store.type) "kubernetes-secret") (not $store.kubeconfig) -}}
{{- $place := contains "/" $target.secret | ternary $target.secret (printf "%s/%s" (default $own $store.namespace) $target.secret) -}}
{{- include "keyrota.grant" (dict "found" $found "namespace" (dir $place) "what" "/secrets" "verbs" "get,patch" "name" (base $place)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $used := list -}}
{{- range $key := $config.keys -}}
{{- $used = concat $used (default list $key.consumers) -}}
{{- end -}}
{{- range $name, $consumer := $config.consumers -}}
{{- if and (has $name $used) (not $consumer.kubeconfig) -}}
{{- $namespace := default $own $consumer.namespace -}}
{{- if eq $consumer.type "kubernetes-rollout" -}}
{{- include "keyrota.grantWorkload" (dict "found" $found "namespace" $namespace "workload" $consumer) -}}
{{- else if eq $consumer.type "external-secret" -}}
{{- include "keyrota.grant" (dict "found" $found "namespace" $namespace "what" "external-secrets.io/externalsecrets" "verbs" "get,patch" "name" $consumer.name) -}}
{{- include "keyrota.grant" (dict "found" $found "namespace" $namespace "what" "/secrets" "verbs" "get" "name" (default $consumer.name $consumer.secret)) -}}
{{- range $workload := $consumer.workloads -}}
{{- include "keyrota.grantWorkload" (dict "found" $found "namespace" $namespace "workload" $workload) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $journal := default dict $config.journal -}}
{{- if and (eq (toString $journal.type) "kubernetes") (not $journal.kubeconfig) -}}
{{- include "keyrota.grantRecords" (dict "found" $found "namespace" (default $own $journal.namespace) "journal" $journal) -}}
{{- end -}}
{{- $teams := include "keyrota.teamNamespaces" $config | fromJsonArray -}}
{{- if not (contains "*" (join "," $teams)) -}}
{{- range $namespace := $teams -}}
{{- include "keyrota.grantTeam" (dict "found" $found "namespace" $namespace "journal" $journal) -}}
{{- end -}}
{{- end -}}
{{- range $more := .root.Values.rbac.rules -}}
{{- range $rule := $more.rules -}}
{{- include "keyrota.refuseBroad" $rule -}}
{{- $_ := set $found $more.namespace (merge (dict (toJson $rule) $rule) (default dict (get $found $more.namespace))) -}}
{{- end -}}
{{- end -}}
{{- $grants := list -}}
{{- range $namespace := keys $found | sortAlpha -}}
{{- $rules := list -}}
{{- range $rule := keys (get $found $namespace) | sortAlpha -}}
{{- $rules = append $rules (get (get $found $namespace) $rule) -}}
{{- end -}}
{{- $grants = append $grants (dict "namespace" $namespace "rules" $rules) -}}
{{- end -}}
{{- $grants | toJson -}}
{{- end -}}

{{/* Adds one grant to those found: dict "found" … "namespace" … "what" "group/resource" "verbs" … "name" …; no name: every one. */}}
{{- define "keyrota.grant" -}}
{{- $rules := default dict (get .found .namespace) -}}
{{- $group := splitList "/" .what | first -}}
{{- $resource := trimPrefix (printf "%s/" $group) .what -}}
{{- $rule := default (dict "apiGroups" (list $group) "resources" (list $resource) "verbs" (splitList "," .verbs)) (get $rules (printf "%s %s" .what .verbs)) -}}
{{- if .name -}}
{{- $_ := set $rule "resourceNames" (append (default list $rule.resourceNames) .name | uniq | sortAlpha) -}}
{{- end -}}
{{- $_ := set $rules (printf "%s %s" .what .verbs) $rule -}}
{{- $_ := set .found .namespace $rules -}}
{{- end -}}

{{- define "keyrota.grantWorkload" -}}
{{- $kinds := dict "Deployment" "apps/deployments" "StatefulSet" "apps/statefulsets" "DaemonSet" "apps/daemonsets" "Rollout" "argoproj.io/rollouts" -}}
{{- $verbs := eq (toString .workload.restart) "false" | ternary "get" "get,patch" -}}
{{- $what := get $kinds (toString .workload.kind) | required (printf "a consumer has kind %s; expected one of %s" .workload.kind (keys $kinds | sortAlpha | join ", ")) -}}
{{- include "keyrota.grant" (dict "found" .found "namespace" .namespace "what" $what "verbs" $verbs "name" .workload.name) -}}
{{- include "keyrota.grant" (dict "found" .found "namespace" .namespace "what" "/pods" "verbs" "list") -}}
{{- end -}}

{{/* The records: ManagedKeys, their status, the documents that processes share, and the Events. */}}
{{- define "keyrota.grantRecords" -}}
{{- include "keyrota.grant" (dict "found" .found "namespace" .namespace "what" "keyrota.dev/managedkeys" "verbs" "create,delete,get,list,patch,watch") -}}
{{- include "keyrota.grant" (dict "found" .found "namespace" .namespace "what" "keyrota.dev/managedkeys/status" "verbs" "patch") -}}
{{- include "keyrota.grant" (dict "found" .found "namespace" .namespace "what" "/configmaps" "verbs" "create,delete,get,list,patch,watch") -}}
{{- include "keyrota.grantEvents" . -}}
{{- end -}}

{{/* Answering in ManagedKeys that teams make: Keyrota never creates or deletes one. */}}
{{- define "keyrota.grantTeam" -}}
{{- include "keyrota.grant" (dict "found" .found "namespace" .namespace "what" "keyrota.dev/managedkeys" "verbs" "patch") -}}
{{- include "keyrota.grant" (dict "found" .found "namespace" .namespace "what" "keyrota.dev/managedkeys/status" "verbs" "patch") -}}
{{- include "keyrota.grantEvents" . -}}
{{- end -}}

{{/*
What teams need in the whole cluster: one list and one watch see the ManagedKeys of all of them. Where the config has a
pattern of namespaces, the writing too, since a Role cannot be made in a namespace that is not there yet.
*/}}
{{- define "keyrota.teamRules" -}}
{{- $found := dict -}}
{{- include "keyrota.grant" (dict "found" $found "namespace" "all" "what" "keyrota.dev/managedkeys" "verbs" "get,list,watch") -}}
{{- if contains "*" (include "keyrota.teamNamespaces" . | fromJsonArray | join ",") -}}
{{- include "keyrota.grantTeam" (dict "found" $found "namespace" "all" "journal" .journal) -}}
{{- end -}}
{{- $rules := list -}}
{{- range $name := keys $found.all | sortAlpha -}}
{{- $rules = append $rules (get $found.all $name) -}}
{{- end -}}
{{- $rules | toJson -}}
{{- end -}}

{{/* Names and patterns of the namespaces that the config opens to teams. */}}
{{- define "keyrota.teamNamespaces" -}}
{{- $names := list -}}
{{- range $team := (default dict .kubernetes).teams -}}
{{- $names = concat $names (kindIs "string" $team.namespaces | ternary (list $team.namespaces) $team.namespaces) -}}
{{- end -}}
{{- $names | uniq | sortAlpha | toJson -}}
{{- end -}}

{{- define "keyrota.refuseBroad" -}}
{{- if and (has "secrets" .resources) (not .resourceNames) -}}
{{- fail "rbac.rules: a rule for secrets has no resourceNames; name each Secret" -}}
{{- end -}}
{{- end -}}

{{/* One Event for each reason, whose count grows: it is read before it is changed. */}}
{{- define "keyrota.grantEvents" -}}
{{- if ne (toString .journal.events) "false" -}}
{{- include "keyrota.grant" (dict "found" .found "namespace" .namespace "what" "events.k8s.io/events" "verbs" "create,get,patch") -}}
{{- end -}}
{{- end -}}
