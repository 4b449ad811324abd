{{- define "wholecart.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "wholecart.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 54 | trimSuffix "-" -}}
{{- else if contains (include "wholecart.name" .) .Release.Name -}}
{{- .Release.Name | trunc 54 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "wholecart.name" .) | trunc 54 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that never change; give a dict of root and component. */}}
{{- define "wholecart.selectorLabels" -}}
app.kubernetes.io/name: {{ include "wholecart.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "wholecart.labels" -}}
{{ include "wholecart.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "wholecart.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "wholecart.trainerImage" -}}
{{- if .Values.trainer.gpu.enabled -}}
{{ .Values.trainer.gpu.image.repository }}:{{ .Values.trainer.gpu.image.tag | default (printf "%s-gpu" (.Values.image.tag | default .Chart.AppVersion)) }}
{{- else -}}
{{ include "wholecart.image" . }}
{{- end -}}
{{- end -}}

{{- define "wholecart.secret" -}}
{{ .Values.secret.existing | default (include "wholecart.fullname" .) }}
{{- end -}}

{{- define "wholecart.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "wholecart.fullname" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end -}}

{{/* Who the processes are, in every pod. */}}
{{- define "wholecart.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "wholecart.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* What every process of the service is told; user names, passwords and keys come from the Secret. */}}
{{- define "wholecart.env" -}}
- name: SPRING_DATASOURCE_URL
  value: {{ required "database.url is missing: jdbc:postgresql://HOST:5432/DATABASE" .Values.database.url | quote }}
{{- with .Values.settings }}
- name: SPRING_APPLICATION_JSON
  value: {{ toJson . | quote }}
{{- end }}
{{- end -}}

{{/* One node's container without its resources; give a dict of root, node (its values), roles and image. */}}
{{- define "wholecart.container" -}}
name: wholecart
image: {{ .image | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  {{- include "wholecart.containerSecurity" .root | nindent 2 }}
envFrom:
  - secretRef:
      name: {{ include "wholecart.secret" .root }}
env:
  {{- include "wholecart.env" .root | nindent 2 }}
  - name: WHOLECART_ROLES
    value: {{ .roles }}
  - name: JDK_JAVA_OPTIONS
    value: {{ .node.jvmOptions | quote }}
  {{- if .root.Values.migration.enabled }}
  - name: SPRING_FLYWAY_ENABLED
    value: "false"
  {{- end }}
  {{- with .node.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
ports:
  - name: http
    containerPort: 8080
  - name: management
    containerPort: 9090
startupProbe:
  httpGet: {path: /actuator/health/liveness, port: management}
  periodSeconds: 2
  failureThreshold: 90
livenessProbe:
  httpGet: {path: /actuator/health/liveness, port: management}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /actuator/health/readiness, port: management}
  periodSeconds: 5
  timeoutSeconds: 5
volumeMounts:
  - name: tmp
    mountPath: /tmp
{{- end -}}
