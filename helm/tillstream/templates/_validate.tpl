{{/* Refuses values that the schema lets pass one by one and that contradict each other. */}}

{{- define "tillstream.validate" -}}
{{- $values := .Values -}}
{{- if not $values.kafka.bootstrap_servers -}}
{{- fail "kafka.bootstrap_servers is empty: set it to the host:port of your brokers" -}}
{{- end -}}
{{- if not $values.registry.url -}}
{{- fail "registry.url is empty: set it to the Confluent API of your schema registry" -}}
{{- end -}}
{{- $sasl := hasPrefix "sasl_" $values.kafka.security_protocol -}}
{{- if and $sasl (not (and $values.kafka.sasl_mechanism $values.kafka.sasl_username $values.kafka.sasl_password_file)) -}}
{{- fail (printf "kafka.security_protocol is %s: set sasl_mechanism, sasl_username and sasl_password_file too" $values.kafka.security_protocol) -}}
{{- end -}}
{{- if and (not $sasl) (or $values.kafka.sasl_mechanism $values.kafka.sasl_username $values.kafka.sasl_password_file) -}}
{{- fail (printf "kafka.security_protocol is %s, which sends no user name: use sasl_ssl, or remove the keys that begin with sasl_" $values.kafka.security_protocol) -}}
{{- end -}}
{{- if le (int $values.terminationGracePeriodSeconds) (int $values.drainSeconds) -}}
{{- fail (printf "terminationGracePeriodSeconds (%v) must be greater than drainSeconds (%v), or a pod is killed while it commits" $values.terminationGracePeriodSeconds $values.drainSeconds) -}}
{{- end -}}
{{- range $name, $service := $values.services -}}
{{- if $service.enabled -}}
{{- include "tillstream.validate.service" (dict "root" $ "name" $name "service" $service) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "tillstream.validate.service" -}}
{{- $values := .root.Values -}}
{{- $workers := mul (int .service.replicas) (int (default 1 $values.process.workers)) -}}
{{- if gt $workers (int $values.partitions) -}}
{{- fail (printf "services.%s: replicas times process.workers make %d workers for %v partitions: the rest would stand idle" .name $workers $values.partitions) -}}
{{- end -}}
{{- if and (include "tillstream.books" .) (not $values.accountMap) -}}
{{- fail (printf "accountMap is empty, and services.%s books by it: give it with --set-file accountMap=FILE" .name) -}}
{{- end -}}
{{- if eq .name "netsuite" -}}
{{- range $key := list "account" "client_id" "certificate_id" "private_key_file" -}}
{{- if not (get $.service.settings $key) -}}
{{- fail (printf "services.netsuite.settings lacks %s, without which nothing reaches NetSuite: give it, or set services.netsuite.enabled to false" $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $secrets := include "tillstream.secrets" . | fromJsonArray -}}
{{- $settings := merge (dict) .service.settings $values.kafka $values.registry $values.process -}}
{{- range $key, $value := $settings -}}
{{- if and (kindIs "string" $value) (hasPrefix "/etc/tillstream/secrets/" (toString $value)) -}}
{{- $secret := $value | trimPrefix "/etc/tillstream/secrets/" | splitList "/" | first -}}
{{- if not (has $secret $secrets) -}}
{{- fail (printf "services.%s: %s is a file of the secret %s: name it in secrets or services.%s.secrets" $.name $key $secret $.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
