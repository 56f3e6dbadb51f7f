import { type Route, registry, registryV4 } from '../route.ts'
import { BAD_REQUEST } from './reject.ts'

/** What the paths of websockets answer to ordinary requests. */
export const socketRoutes = (): readonly Route[] => [
  {
    method: 'GET',
    ...registry('/microservices/:serviceId/watcher'),
    summary: "Watches the instances of a microservice's providers, by websocket",
    query: { rev: 'a revision that the client holds of a provider; repeatable. What it missed since then comes first' },
    socket: true,
    handle: () => BAD_REQUEST,
  },
  {
    method: 'GET',
    ...registryV4('/microservices/:serviceId/instances/:instanceId/heartbeat'),
    summary: 'Keeps an instance alive by websocket: every pong is a heartbeat',
    socket: true,
    handle: () => BAD_REQUEST,
  },
]
