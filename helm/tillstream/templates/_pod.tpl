{{/* The pod of a service: the same for all, so that they are run and watched in one way. */}}

{{- define "tillstream.pod" -}}
{{- $values := .root.Values -}}
{{- $service := index $values.services .name -}}
{{- $secrets := include "tillstream.secrets" . | fromJsonArray -}}
metadata:
  annotations:
    # Another configuration is another pod.
    checksum/config: {{ include "tillstream.files" . | sha256sum }}
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- include "tillstream.labels" . | nindent 4 }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- with $values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  {{- with $values.serviceAccountName }}
  serviceAccountName: {{ . }}
  {{- end }}
  automountServiceAccountToken: false
  # Links would add variables such as TILLSTREAM_ENRICH_PORT, which the services refuse as unknown settings.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: {{ .name }}
      image: "{{ $values.image.repository }}:{{ default .root.Chart.AppVersion $values.image.tag }}"
      imagePullPolicy: {{ $values.image.pullPolicy }}
      command: [{{ .name }}]
      {{- if and $values.adoptAccountMap (include "tillstream.books" .) }}
      args: [--adopt-account-map, {{ $values.adoptAccountMap | quote }}]
      {{- end }}
      env:
        - name: TILLSTREAM_CONFIG
          value: /etc/tillstream/config/config.toml
        # Static membership and the transactional id follow the pod's name, which a StatefulSet keeps.
        - name: TILLSTREAM_PROCESS__INSTANCE
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
      ports:
        - name: admin
          containerPort: {{ $values.adminPort }}
      # Alive is a loop that turns, whatever the broker does; ready is restored and assigned.
      startupProbe:
        httpGet: { path: /livez, port: admin }
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: { path: /livez, port: admin }
        periodSeconds: 10
        timeoutSeconds: 2
        failureThreshold: 3
      readinessProbe:
        httpGet: { path: /readyz, port: admin }
        periodSeconds: 5
        timeoutSeconds: 2
        failureThreshold: 2
      resources:
        {{- toYaml $service.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      volumeMounts:
        - name: config
          mountPath: /etc/tillstream/config
          readOnly: true
        {{- range $at, $secret := $secrets }}
        - name: secret-{{ $at }}
          mountPath: /etc/tillstream/secrets/{{ $secret }}
          readOnly: true
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ include "tillstream.name" . }}
    {{- range $at, $secret := $secrets }}
    - name: secret-{{ $at }}
      secret:
        secretName: {{ $secret }}
        defaultMode: 0440
    {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
