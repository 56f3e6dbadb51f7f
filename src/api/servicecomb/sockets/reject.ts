import type { Duplex } from 'node:stream'
import type { Answer } from '../../http/answer.ts'

/** What a request on a websocket's path is answered that is no proper handshake. */
export const BAD_REQUEST: Answer = { status: 400, type: 'text/plain; charset=utf-8', body: 'Bad Request\n' }

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  500: 'Internal Server Error',
}

/** Refuses a handshake with an ordinary answer: clients take it as one and wait before they try again. */
export function reject(socket: Duplex, { status, type, body }: Answer, server: string): void {
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Error'}`,
    `Server: ${server}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
}
