/** A websocket client that costs next to nothing, so that ten thousand of them fit beside the node that is measured. */
import { createHash, randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

const HANDSHAKE_END = '\r\n\r\n'
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const PING = 9
/** A pong without content; the mask is zero. */
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])

/** Opens a watcher; `heard` is called with each text or binary message's content. */
export function rawWatcher(port: number, path: string, heard: (content: Buffer) => void): Promise<Socket> {
  const key = randomBytes(16).toString('base64')
  const accept = createHash('sha1')
    .update(key + WEBSOCKET_GUID)
    .digest('base64')
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
  ]
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(lines.join('\r\n') + HANDSHAKE_END))
    let open = false
    let rest: Buffer = Buffer.alloc(0)
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the node closed a watcher')))
    socket.on('data', bytes => {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
      if (!open) {
        const end = rest.indexOf(HANDSHAKE_END)
        if (end < 0) return
        const head = rest.toString('latin1', 0, end)
        if (!head.startsWith('HTTP/1.1 101') || !head.includes(accept)) return reject(new Error(head))
        rest = rest.subarray(end + HANDSHAKE_END.length)
        open = true
        resolve(socket)
      }
      rest = readFrames(rest, socket, heard)
    })
  })
}

/** Takes whole frames off the bytes; answers what remains. */
function readFrames(bytes: Buffer, socket: Socket, heard: (content: Buffer) => void): Buffer {
  let at = 0
  while (bytes.length - at >= 2) {
    const short = (bytes[at + 1] as number) & 0x7f
    const start = at + (short === 127 ? 10 : short === 126 ? 4 : 2)
    if (bytes.length < start) break
    const length =
      short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short === 126 ? bytes.readUInt16BE(at + 2) : short
    if (bytes.length < start + length) break
    if (((bytes[at] as number) & 0x0f) === PING) socket.write(PONG)
    else heard(bytes.subarray(start, start + length))
    at = start + length
  }
  return at === 0 ? bytes : bytes.subarray(at)
}
