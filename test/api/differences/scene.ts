import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ApiOptions } from '../../../src/api/options.ts'
import type { Center, CenterOptions } from '../../../src/center/center.ts'
import { registerInstance } from '../../../src/core/commands/instance.ts'
import { registerService } from '../../../src/core/commands/service.ts'
import { learn, startTestCenter } from '../../helpers/center.ts'
import { call, errorOf, type Reply } from '../../helpers/http.ts'
import type { ManualClock } from '../../helpers/manual-clock.ts'
import { startTestNode, type TestNode } from '../../helpers/node.ts'
import { draft, rules, SCOPE } from '../../helpers/rules.ts'

/** What shows a difference, by what the original does: the first column of the table in docs/api.md. */
export type Checks = Readonly<Record<string, () => void | Promise<void>>>

export const REGISTRY = '/v4/default/registry'
export const FIND = `${REGISTRY}/instances?appId=app&serviceName=provider`

export interface Scene {
  readonly node: TestNode
  /** Of the service `provider`, and its path. */
  readonly id: string
  readonly path: string
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>
  add(instanceId: string): Promise<void>
  found(query?: string): Promise<readonly string[]>
}

export interface SceneOptions {
  readonly api?: Partial<ApiOptions>
  readonly center?: Partial<CenterOptions>
  readonly clock?: ManualClock
}

/** A node with one service. */
export async function scene(play: (scene: Scene) => Promise<void>, options: SceneOptions = {}): Promise<void> {
  const { api, center, clock } = options
  const node = await startTestNode(api, clock === undefined ? {} : { clock }, center)
  try {
    const { id } = await node.catalog.execute(registerService(SCOPE, draft('provider'), rules()))
    const send: Scene['send'] = (method, path, body, headers = {}) => call(node.url, method, path, { body, headers })
    await play({
      ...{ node, id, path: `${REGISTRY}/microservices/${id}`, send },
      add: async instanceId => {
        await node.catalog.execute(registerInstance(SCOPE, id, { instanceId, hostName: 'h' }, rules()))
      },
      found: async (query = '') => {
        const { json } = await send('GET', FIND + query)
        const { instances = [] } = json as { instances?: readonly { instanceId: string }[] }
        return instances.map(({ instanceId }) => instanceId).toSorted()
      },
    })
  } finally {
    await node.close()
  }
}

/** The instance `there` of `provider` in another cluster, which the node then knows. */
export async function otherCluster(node: TestNode): Promise<Center> {
  const other = startTestCenter({ label: 'sc2' })
  const { id } = await other.execute(registerService(SCOPE, draft('provider'), rules()))
  await other.execute(registerInstance(SCOPE, id, { instanceId: 'there', hostName: 'there' }, rules()))
  learn(other, node.catalog)
  return other
}

export function refusedWith(code: string, reply: Reply, detail = /(?:)/): void {
  const error = errorOf(reply)
  assert.equal(error.errorCode, code, reply.text)
  assert.match(error.detail ?? '', detail)
}

/** What takes processes, or much of a scene, has its test in another file, under this name. */
export const shownBy =
  (file: string, title: string): (() => void) =>
  () => {
    const source = readFileSync(join(import.meta.dirname, '../..', file), 'utf8')
    assert.ok(source.includes(`it('${title}'`), `${file} has no test '${title}'`)
  }
