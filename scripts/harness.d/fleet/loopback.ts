import { Network, type NetworkDeps } from './network.ts'
import type { Ground } from './ways.ts'

const HOST = '127.0.0.1'

/** All nodes on this machine's loopback device, everything between them through the proxy of this process. */
export function loopback(deps: Omit<NetworkDeps, 'host'>): Ground {
  return {
    ways: new Network({ ...deps, host: HOST }),
    within: () => [],
    addressesOf: () => ({ host: HOST, listen: HOST, harness: HOST }),
  }
}
