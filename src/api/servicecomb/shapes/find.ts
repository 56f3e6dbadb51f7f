import { list, struct, text } from '../shape/shape.ts'
import { APP_ID, CONSUMER_ID, ENVIRONMENT, INSTANCE_ID, SEARCHED_NAME, SERVICE_ID, TAG } from './patterns.ts'

const tags = list(text(), { pattern: TAG })

/** GET /instances: who asks. */
export const consumer = struct('FindInstancesRequest', { consumerServiceId: text(CONSUMER_ID) })

/** GET /instances: what for. */
export const findInstances = struct('FindInstancesRequest', {
  appId: text(APP_ID),
  serviceName: text(SEARCHED_NAME),
  tags,
  environment: text({ pattern: ENVIRONMENT }),
})

/** GET …/instances. */
export const listInstances = struct('GetInstancesRequest', {
  consumerServiceId: text(CONSUMER_ID),
  providerServiceId: text(SERVICE_ID),
  tags,
})

/** GET …/instances/{instanceId}. */
export const oneInstance = struct('GetOneInstanceRequest', {
  consumerServiceId: text(CONSUMER_ID),
  providerServiceId: text(SERVICE_ID),
  providerInstanceId: text(INSTANCE_ID),
  tags,
})

/** POST /instances/action?type=query. */
export const batchFind = struct('BatchFindInstancesRequest', {
  consumerServiceId: text(CONSUMER_ID),
  services: list(
    struct('FindService', {
      service: struct(
        'MicroServiceKey',
        { environment: text({ pattern: ENVIRONMENT }), appId: text(APP_ID), serviceName: text(SEARCHED_NAME) },
        { min: 1 },
      ),
      rev: text(),
    }),
  ),
  instances: list(
    struct('FindInstance', {
      instance: struct(
        'HeartbeatSetElement',
        { serviceId: text(SERVICE_ID), instanceId: text(INSTANCE_ID) },
        { min: 1 },
      ),
      rev: text(),
    }),
  ),
})
