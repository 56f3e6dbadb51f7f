import { connect } from 'node:net'
import { type Answer, type Request, socketPath } from './protocol.ts'

/** Asks the harness that runs in this checkout. Undefined: none does. Rejects when it ends without an answer. */
export function ask(line: string): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath())
    let connected = false
    let text = ''
    socket.setEncoding('utf8')
    socket.on('connect', () => {
      connected = true
      const request: Request = { line }
      socket.write(`${JSON.stringify(request)}\n`)
    })
    socket.on('data', part => {
      text += part
    })
    socket.on('error', error => {
      if (connected) reject(new Error(`the harness has ended: ${error.message}`))
      else resolve(undefined)
    })
    socket.on('end', () => {
      if (text === '') reject(new Error('the harness has ended without an answer'))
      else resolve(JSON.parse(text) as Answer)
    })
  })
}
