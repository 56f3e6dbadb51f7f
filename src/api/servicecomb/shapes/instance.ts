import type { InstanceDraft } from '../../../core/commands/instance-draft.ts'
import type { HealthCheck } from '../../../core/model.ts'
import { type Decoded, int32, list, struct, text, texts } from '../shape/shape.ts'
import {
  HEALTH_MODE,
  INSTANCE_ID,
  INSTANCE_STATUS,
  INSTANCE_STATUS_OR_EMPTY,
  NO_SPACE,
  NOT_BLANK,
  SERVICE_ID,
  SIMPLE_NAME,
  SIMPLE_NAME_OR_EMPTY,
} from './patterns.ts'

const INT32_MAX = 0x7fff_ffff

const healthCheck = struct('HealthCheck', {
  mode: text({ pattern: HEALTH_MODE }),
  port: int32({ max: 65_535 }),
  interval: int32({ min: 1, max: INT32_MAX }),
  times: int32({ max: INT32_MAX }),
  url: text({ pattern: NO_SPACE }),
})

const place = text({ min: 1, max: 128, pattern: SIMPLE_NAME })

const dataCenterInfo = struct('DataCenterInfo', { name: place, region: place, availableZone: place })

export const instanceFields = {
  instanceId: text({ max: 64, pattern: SIMPLE_NAME_OR_EMPTY }),
  serviceId: text(),
  endpoints: list(text(), { pattern: NOT_BLANK }),
  hostName: text({ min: 1, max: 64, pattern: NOT_BLANK }),
  status: text({ pattern: INSTANCE_STATUS_OR_EMPTY }),
  properties: texts(),
  healthCheck,
  timestamp: text(),
  dataCenterInfo,
  modTimestamp: text(),
  version: text(),
}

export const instance = struct('MicroServiceInstance', instanceFields)

/** POST …/instances. */
export const registerInstance = struct('RegisterInstanceRequest', {
  instance: struct('MicroServiceInstance', instanceFields, { min: 1 }),
})

/** PUT …/instances/{instanceId}/properties; the path names the instance. */
export const instanceProperties = struct('UpdateInstancePropsRequest', { properties: texts() })

/** An instance named by path or body. */
export const instanceName = (request: string) =>
  struct(request, { serviceId: text(SERVICE_ID), instanceId: text(INSTANCE_ID) })

export const instanceStatus = struct('UpdateInstanceStatusRequest', {
  serviceId: text(SERVICE_ID),
  instanceId: text(INSTANCE_ID),
  status: text({ pattern: INSTANCE_STATUS }),
})

/** PUT /instances/status. */
export const manyStatus = struct('UpdateManyInstanceStatusRequest', {
  matches: struct('MatchPolicy', { properties: texts() }),
  status: text({ pattern: INSTANCE_STATUS }),
})

/** PUT /heartbeats. */
export const heartbeatSet = struct('HeartbeatSetRequest', {
  instances: list(struct('HeartbeatSetElement', { serviceId: text(), instanceId: text() })),
})

/** What is empty is absent; what only the server sets is dropped. */
export function instanceDraft(body: Decoded<typeof instance>): InstanceDraft {
  const { instanceId, endpoints = [], hostName = '', status, properties = {}, healthCheck, dataCenterInfo } = body
  // One field after the other, because it happens at every registration.
  const draft: { -readonly [K in keyof InstanceDraft]: InstanceDraft[K] } = { hostName }
  if (instanceId) draft.instanceId = instanceId
  if (endpoints.length > 0) draft.endpoints = endpoints
  if (status) draft.status = status
  if (Object.keys(properties).length > 0) draft.properties = properties
  if (healthCheck) draft.healthCheck = healthCheckOf(healthCheck)
  if (dataCenterInfo) draft.dataCenterInfo = placeOf(dataCenterInfo)
  return draft
}

function healthCheckOf({ mode = '', port, interval = 0, times = 0, url }: Decoded<typeof healthCheck>): HealthCheck {
  return { mode, ...(port ? { port } : {}), interval, times, ...(url ? { url } : {}) }
}

const placeOf = ({ name = '', region = '', availableZone = '' }: Decoded<typeof dataCenterInfo>) => ({
  name,
  region,
  availableZone,
})
