import type { Action, InstanceEvent } from '../../../center/ports.ts'
import type { InstanceView, ServiceView } from '../../../core/view.ts'
import { instanceJson } from '../render.ts'

type Change = Omit<InstanceEvent, 'clusterId' | 'sid'>

const TEXT = 0x81
const LENGTH_16 = 126
const LENGTH_64 = 127

/** A whole websocket frame around a text: what goes to thousands is framed once, too. */
function framed(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const start = length < LENGTH_16 ? 2 : length <= 0xffff ? 4 : 10
  const frame = Buffer.allocUnsafe(start + length)
  frame[0] = TEXT
  if (start === 2) frame[1] = length
  else if (start === 4) frame.writeUInt16BE(length, frame.writeUInt8(LENGTH_16, 1))
  else frame.writeBigUInt64BE(BigInt(length), frame.writeUInt8(LENGTH_64, 1))
  frame.write(text, start)
  return frame
}

const render = ({ action, key, alias, instance, serviceId }: Change): Buffer =>
  framed(
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

/** Renders each event once, however many sockets it goes to, and tells of it. */
export function createFrames(tell: () => void): (event: InstanceEvent) => Buffer {
  const rendered = new WeakMap<InstanceEvent, Buffer>()
  return event => {
    const known = rendered.get(event)
    if (known !== undefined) return known
    const frame = render(event)
    rendered.set(event, frame)
    tell()
    return frame
  }
}

/** What stands there now, told as an event. */
export const snapshotFrame = (action: Action, service: ServiceView, instance: InstanceView): Buffer =>
  render({ action, key: service.key, alias: service.alias, instance: instance.read(), serviceId: service.id })
