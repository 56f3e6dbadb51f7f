import type { IncomingMessage } from 'node:http'

/** How a socket that listens for both writes an address of IPv4. */
const MAPPED = '::ffff:'

/** Where a request comes from, written alike whatever the node listens on: locks, rates and peers are told by it. */
export function addressOf({ socket }: Pick<IncomingMessage, 'socket'>): string {
  const { remoteAddress: address = '' } = socket
  return address.startsWith(MAPPED) && address.includes('.') ? address.slice(MAPPED.length) : address
}
