/** What this source registered carries marks, so that it only ever changes and removes its own. */
import type { Instance, Microservice } from '../../core/model.ts'

/** Property of services and instances: the Service (`namespace/name`) that they come from. */
export const ORIGIN = 'kubernetesService'

export const FRAMEWORK = 'Kubernetes'
export const REGISTER_BY = 'PLATFORM'

export const isOurService = (service: Microservice): boolean =>
  service.registerBy === REGISTER_BY && service.framework?.name === FRAMEWORK

/** The Service that an instance comes from; undefined when this source did not register it. */
export const originOfInstance = (instance: Instance): string | undefined => instance.properties?.[ORIGIN]
