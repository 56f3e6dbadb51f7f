import type { Identity } from '../center/ports.ts'
import { type Answer, json } from './http/answer.ts'

/** Free of tokens: a node that knows another only by its HTTP address asks here whom to dial and whom to admit. */
export const IDENTITY_PATH = '/grapevine/v1/identity'

export const identityAnswer = (identity: Identity): Answer => json(identity)
