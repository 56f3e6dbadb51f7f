import assert from 'node:assert/strict'
import { registerInstance } from '../../src/core/commands/instance.ts'
import { putSchema } from '../../src/core/commands/schemas.ts'
import { registerService, setServiceProperties } from '../../src/core/commands/service.ts'
import type { ClusterId } from '../../src/core/model.ts'
import { startReplica, type TestReplica } from '../helpers/replica.ts'
import { draft, rules, SCOPE } from '../helpers/rules.ts'

const FORMER = 'ffeeddccbbaa9988' as ClusterId
const WALL_MS = 1_800_000_000_000
const LOWER = '0000000000000001' as ClusterId

describe('a node that was cut off, and takes the cluster id of its siblings long after they met it', () => {
  const move = (at: TestReplica, afterMs: number) => {
    at.tick(afterMs)
    return at.replica.moveTo(LOWER, { wallMs: WALL_MS + at.nowMs(), monotonicMs: at.nowMs() }).writes
  }
  const siblings = () => {
    const late = startReplica('a', WALL_MS, { cluster: FORMER })
    const soon = startReplica('b', WALL_MS, { cluster: FORMER })
    for (const [one, other] of [
      [late, soon],
      [soon, late],
    ] as const)
      other.learn(one.introduce())
    return { late, soon }
  }

  it('hides nothing that clients wrote under the new id meanwhile (simulation, seed 1388)', () => {
    const { late, soon } = siblings()
    let id = ''
    const write = (at: TestReplica, content: string) => {
      const schema = { schemaId: 's', content, summary: content }
      at.tick(1_000)
      return at.run(tx => {
        putSchema(SCOPE, id, schema, 10)(tx)
        setServiceProperties(SCOPE, id, { written: content })(tx)
      })
    }
    const registered = late.run(tx => {
      id = registerService(SCOPE, draft('s'), rules())(tx).id
    })
    soon.learn([...registered, ...write(late, 'old')])
    const moved = [...move(soon, 2_000), ...write(soon, 'new')]
    const movedLate = move(late, 4_000)
    late.learn(moved)
    soon.learn(movedLate)
    for (const { replica } of [late, soon]) {
      const service = replica.view.service(SCOPE, id)
      assert.equal(service?.local, true)
      assert.deepEqual([service?.schema('s')?.content(), service?.read().properties], ['new', { written: 'new' }])
    }
  })

  it('leaves an instance alone that its client registered anew under the new id', () => {
    const { late, soon } = siblings()
    const register = (at: TestReplica, hostName: string) =>
      at.run(tx => {
        const { id } = registerService(SCOPE, draft('s'), rules())(tx)
        registerInstance(SCOPE, id, { hostName, instanceId: 'i' }, rules())(tx)
      })
    soon.learn(register(late, 'old'))
    const moved = [...move(soon, 2_000), ...register(soon, 'new')]
    late.learn(moved)
    soon.learn(move(late, 4_000))
    const [group] = [...soon.replica.directory.groups.values()]
    assert.equal(group?.instance('i')?.read().hostName, 'new')
    assert.equal(group?.instance('i')?.lease?.holder, 'b')
  })
})
