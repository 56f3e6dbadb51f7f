/** Recorded requests of a browser, sent again by many at once. */
import { Agent, get } from 'node:http'

export interface Recorded {
  /** Since the record began. */
  readonly atMs: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * As many clients as are wanted begin at once, each at another place of the record, and come to its end within `overMs`. The
 * answer stops them and says how many answers there were; it rejects if one was none of success.
 */
export function startReplay(
  url: string,
  recorded: readonly Recorded[],
  clients: number,
  overMs: number,
): () => Promise<number> {
  const agents: Agent[] = []
  const wrong: string[] = []
  let answered = 0
  let stopped = false
  for (let client = 0; client < clients; client++) {
    // Like a browser it keeps its connections, and the tags of what it has.
    const agent = new Agent({ keepAlive: true, maxSockets: 6 })
    agents.push(agent)
    const tags = new Map<string, string>()
    for (const { atMs, path, headers } of recorded) {
      setTimeout(
        () => {
          const tag = tags.get(path)
          const sent = { ...headers, ...(tag === undefined ? {} : { 'if-none-match': tag }) }
          const request = get(url + path, { agent, headers: sent }, answer => {
            const { statusCode = 0 } = answer
            if (statusCode === 200 || statusCode === 304) answered += 1
            else wrong.push(`${path}: ${statusCode}`)
            if (answer.headers.etag !== undefined) tags.set(path, answer.headers.etag)
            answer.resume()
          })
          request.on('error', error => {
            if (!stopped) wrong.push(`${path}: ${error}`)
          })
        },
        (atMs + (client * overMs) / clients) % overMs,
      )
    }
  }
  return async () => {
    stopped = true
    for (const agent of agents) agent.destroy()
    if (wrong.length > 0) throw new Error(`${wrong.length} requests went wrong, such as ${wrong[0]}`)
    return answered
  }
}
