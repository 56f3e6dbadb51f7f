import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

interface KieEntry {
  readonly id: string
  readonly key: string
  readonly value: string
  readonly status: string
  readonly labels: Readonly<Record<string, string>>
}

/** As much of a KIE server as governance rules need. */
export class KieStub {
  entries: readonly KieEntry[] = []
  readonly #server: Server
  #count = 0

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<KieStub> {
    const stub: KieStub = new KieStub(
      createServer((request, response) => {
        const chunks: Buffer[] = []
        request.on('data', chunk => chunks.push(chunk))
        request.on('end', () => {
          const body = Buffer.concat(chunks).toString()
          const found = stub.#handle(request.method ?? '', request.url ?? '', body === '' ? {} : JSON.parse(body))
          response.statusCode = found === undefined ? 404 : 200
          response.end(JSON.stringify(found ?? { error_msg: 'not found' }))
        })
      }),
    )
    await new Promise<void>(resolve => stub.#server.listen(0, '127.0.0.1', resolve))
    return stub
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #handle(method: string, target: string, body: Partial<KieEntry> & { readonly ids?: readonly string[] }): unknown {
    const { pathname, searchParams } = new URL(target, this.url)
    const [, project, id = ''] = /^\/v1\/([^/]+)\/kie\/kv\/?(.*)$/.exec(pathname) ?? []
    if (project !== 'default') return undefined
    if (method === 'POST') {
      this.#count += 1
      const entry = { ...(body as KieEntry), id: `id-${this.#count}` }
      this.entries = [...this.entries, entry]
      return entry
    }
    if (method === 'DELETE') {
      const gone = body.ids ?? [id]
      this.entries = this.entries.filter(entry => !gone.includes(entry.id))
      return {}
    }
    const one = this.entries.find(entry => entry.id === id)
    if (method === 'PUT') {
      this.entries = this.entries.map(entry => (entry === one ? { ...entry, ...body } : entry))
      return one
    }
    if (id !== '') return one
    return { data: this.entries.filter(entry => selects(searchParams, entry)) }
  }
}

function selects(query: URLSearchParams, { key, labels }: KieEntry): boolean {
  const [, operator, pattern = ''] = /^(\w+)\((.*)\)$/.exec(query.get('key') ?? '') ?? []
  const [before = '', after = ''] = pattern.split('*')
  const named = operator === 'wildcard' ? key.startsWith(before) && key.endsWith(after) : key.startsWith(pattern)
  return named && query.getAll('label').every(label => labels[label.split(':')[0] ?? ''] === label.split(':')[1])
}
