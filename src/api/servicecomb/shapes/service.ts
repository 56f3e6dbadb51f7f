import type { ServiceDraft } from '../../../core/commands/service.ts'
import { bool, type Decoded, list, struct, text, texts } from '../shape/shape.ts'
import { instance } from './instance.ts'
import {
  ALIAS,
  APP_ID,
  ENVIRONMENT,
  LEVEL,
  NAME,
  NO_SPACE,
  REGISTER_BY,
  SCHEMA_ID_DECLARED,
  SEARCHED_NAME,
  SERVICE_ID,
  SERVICE_STATUS,
  URL_PATH,
  VERSION,
} from './patterns.ts'

const path = struct('ServicePath', { path: text({ pattern: URL_PATH }), property: texts() })

const framework = struct('FrameWork', { name: text({ max: 64, pattern: NAME }), version: text({ max: 64 }) })

/** A service as another one names it: stored and shown, never looked at. */
const providerKey = struct('MicroServiceKey', {
  tenant: text(),
  environment: text(),
  appId: text(),
  serviceName: text(),
  alias: text(),
  version: text(),
})

const serviceFields = (schemasMax: number) => ({
  serviceId: text({ max: 64, pattern: NO_SPACE }),
  appId: text({ max: 160, pattern: NAME }),
  serviceName: text({ min: 1, max: 128, pattern: NAME }),
  version: text({ max: 64, pattern: VERSION }),
  description: text({ max: 256 }),
  level: text({ pattern: LEVEL }),
  schemas: list(text(), { max: schemasMax, pattern: SCHEMA_ID_DECLARED }),
  paths: list(path),
  status: text({ pattern: SERVICE_STATUS }),
  properties: texts(),
  timestamp: text(),
  providers: list(providerKey),
  alias: text({ max: 128, pattern: ALIAS }),
  LBStrategy: texts(),
  modTimestamp: text(),
  environment: text({ pattern: ENVIRONMENT }),
  registerBy: text({ max: 64, pattern: REGISTER_BY }),
  framework,
})

/** Old rules are taken and ignored. */
const rule = struct('AddOrUpdateServiceRule', {
  ruleType: text(),
  attribute: text(),
  pattern: text(),
  description: text(),
})

/** POST /microservices. */
export const createService = (schemasMax: number) =>
  struct('CreateServiceRequest', {
    service: struct('MicroService', serviceFields(schemasMax), { min: 1 }),
    rules: list(rule),
    tags: texts(),
    instances: list(instance),
  })

type ServiceBody = NonNullable<Decoded<ReturnType<typeof createService>>['service']>

/** PUT /microservices/{serviceId}/properties. */
export const serviceProperties = struct('UpdateServicePropsRequest', {
  serviceId: text(),
  properties: texts(),
  framework,
})

/** DELETE /microservices. */
export const deleteServices = struct('DelServicesRequest', {
  serviceIds: list(text(), {
    min: 1,
    pattern: { text: String.raw`^\S{1,64}$`, test: id => id !== '' && [...id].length <= 64 && NO_SPACE.test(id) },
  }),
  force: bool(),
})

/** A service named by the path. */
export const serviceName = (request: string) => struct(request, { serviceId: text(SERVICE_ID) })

/** GET /existence?type=microservice. */
export const serviceExistence = struct('GetExistenceRequest', {
  appId: text(APP_ID),
  serviceName: text(SEARCHED_NAME),
  version: text({ min: 1, max: 64, pattern: VERSION }),
  environment: text({ pattern: ENVIRONMENT }),
})

/** GET /govern/apps. */
export const appsRequest = struct('GetAppsRequest', { environment: text({ pattern: ENVIRONMENT }) })

/** With what the reference fills in before it checks. */
export const withDefaults = (body: ServiceBody): ServiceBody => ({
  ...body,
  appId: body.appId || 'default',
  version: body.version || '0.0.1',
  level: body.level || 'BACK',
  status: body.status || 'UP',
})

/** What is empty is absent; what only the server sets is dropped. */
export function serviceDraft(body: ServiceBody): ServiceDraft {
  const { appId = '', serviceName = '', version = '', level = '', status = '', framework, paths, providers } = body
  return {
    appId,
    serviceName,
    version,
    level,
    status,
    ...some('serviceId', body.serviceId),
    ...some('environment', body.environment),
    ...some('alias', body.alias),
    ...some('description', body.description),
    ...some('registerBy', body.registerBy),
    ...(body.schemas?.length ? { schemas: [...new Set(body.schemas)] } : {}),
    ...someMap('properties', body.properties),
    ...someMap('LBStrategy', body.LBStrategy),
    ...(framework ? { framework: { ...some('name', framework.name), ...some('version', framework.version) } } : {}),
    ...(paths?.length
      ? { paths: paths.map(one => ({ ...some('path', one.path), ...someMap('property', one.property) })) }
      : {}),
    ...(providers?.length
      ? { providers: providers.map(key => Object.fromEntries(Object.entries(key).filter(([, value]) => value !== ''))) }
      : {}),
  }
}

const some = <K extends string>(key: K, value: string | undefined): { [P in K]?: string } =>
  (value ? { [key]: value } : {}) as { [P in K]?: string }

const someMap = <K extends string>(key: K, value: Readonly<Record<string, string>> | undefined) =>
  (value && Object.keys(value).length > 0 ? { [key]: value } : {}) as { [P in K]?: Readonly<Record<string, string>> }
