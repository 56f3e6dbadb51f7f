import type { Identity } from '../center/ports.ts'
import { type Answer, json } from './http/answer.ts'

/** Free of tokens: a node that knows another only by its HTTP address asks here whom to dial and whom to admit. */
export const IDENTITY_PATH = '/grapevine/v1/identity'

export const identityAnswer = (identity: Identity): Answer => json(identity)

/** For load balancers and probes, free of tokens: 503 until the node serves, after its first repair or all alone. */
export const READY_PATH = '/grapevine/v1/ready'

export const readyAnswer = (ready: boolean): Answer => ({ ...json({ ready }), status: ready ? 200 : 503 })
