/** The proxy of one namespace: every way on which its nodes dial. It runs inside, on the loopback device there. */
import { Network } from '../network.ts'
import { pathKey } from '../path-states.ts'
import type { LinkOrder, LinkReply } from './orders.ts'

const TOLD_EVERY_MS = 500

const nowMs = (): number => performance.now()
/** A harness that has gone away is no error: its end ends this process, too. */
const reply = (answer: LinkReply): void => void process.send?.(answer, () => undefined)
let network: Network | undefined

async function open({ pairs, targets, dials }: Extract<LinkOrder, { order: 'open' }>): Promise<void> {
  const opened = new Network({
    ...{ host: '127.0.0.1', nowMs, random: Math.random, dials: new Set(dials) },
    changed: () => undefined,
  })
  network = opened
  await opened.open(pairs, new Map(targets))
  const urls = pairs
    .flatMap(([one, other]) => [[one, other] as const, [other, one] as const])
    .flatMap(([from, to]) => {
      const url = opened.urlOf(from, to)
      return url === undefined ? [] : [[pathKey(from, to), url] as const]
    })
  reply({ urls })
  setInterval(() => reply({ bytes: opened.bytes() }), TOLD_EVERY_MS)
}

process.on('message', (order: LinkOrder) => {
  if (order.order === 'open') open(order).catch((error: Error) => reply({ error: error.message }))
  else if (order.order === 'cut') network?.cut(order.from, order.to, order.how)
  else if (order.order === 'slow') network?.slow(order.from, order.to, order.shape)
  else network?.heal(order.from, order.to)
})
// The harness is gone, and so is everything of it. Ctrl-C is for the harness.
process.on('disconnect', () => process.exit())
process.on('SIGINT', () => undefined)
