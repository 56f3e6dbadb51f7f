import type { Action, InstanceEvent } from '../../../center/ports.ts'
import type { InstanceView, ServiceView } from '../../../core/view.ts'
import { instanceJson } from '../render.ts'

type Change = Omit<InstanceEvent, 'clusterId' | 'sid'>

const render = ({ action, key, alias, instance, serviceId }: Change): Buffer =>
  Buffer.from(
    JSON.stringify({
      action,
      key: {
        tenant: `${key.domain}/${key.project}`,
        environment: key.environment || undefined,
        appId: key.appId,
        serviceName: key.serviceName,
        alias: alias || undefined,
        version: key.version,
      },
      instance: instanceJson(instance, serviceId),
    }),
  )

/** Renders each event once, however many sockets it goes to. */
export function createFrames(): (event: InstanceEvent) => Buffer {
  const rendered = new WeakMap<InstanceEvent, Buffer>()
  return event => {
    const known = rendered.get(event)
    if (known !== undefined) return known
    const frame = render(event)
    rendered.set(event, frame)
    return frame
  }
}

/** What stands there now, told as an event. */
export const snapshotFrame = (action: Action, service: ServiceView, instance: InstanceView): Buffer =>
  render({ action, key: service.key, alias: service.alias, instance: instance.read(), serviceId: service.id })
