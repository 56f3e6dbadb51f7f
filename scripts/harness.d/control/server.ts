import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { ask } from './client.ts'
import { type Answer, LINE_CHARS_MAX, type Request, socketPath } from './protocol.ts'

/** Throws when a harness runs in this checkout. */
export async function assertAlone(): Promise<void> {
  if ((await ask('status')) !== undefined)
    throw new Error('a harness runs already in this checkout; `scripts/harness down` ends it')
}

/** Answers `carryOut` for each line that is asked, several at a time. Throws when a harness listens already. */
export async function listen(carryOut: (line: string) => Promise<Answer>): Promise<{ close: () => Promise<void> }> {
  const path = socketPath()
  await assertAlone()
  rmSync(path, { force: true })
  const sockets = new Set<Socket>()
  const answering = new Set<Promise<void>>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    createInterface({ input: socket }).on('line', line => {
      const answered = answer(socket, line, carryOut).finally(() => answering.delete(answered))
      answering.add(answered)
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  chmodSync(path, 0o600)
  return {
    close: async () => {
      await Promise.all(answering)
      await close(server, sockets)
    },
  }
}

async function answer(socket: Socket, text: string, carryOut: (line: string) => Promise<Answer>): Promise<void> {
  const result = await read(text)
    .then(({ line }) => carryOut(line))
    .catch((error: Error): Answer => ({ text: error.message, code: 2 }))
  socket.end(`${JSON.stringify(result)}\n`)
}

async function read(text: string): Promise<Request> {
  if (text.length > LINE_CHARS_MAX) throw new Error(`at most ${LINE_CHARS_MAX} characters`)
  return JSON.parse(text) as Request
}

async function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise(resolve => server.close(resolve))
  for (const socket of sockets) if (!socket.writableEnded) socket.end()
  await closed
}
