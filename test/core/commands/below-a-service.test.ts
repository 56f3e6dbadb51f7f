import assert from 'node:assert/strict'
import type { Center } from '../../../src/center/center.ts'
import { declareDependencies } from '../../../src/core/commands/dependency.ts'
import { putSchema, removeSchema, replaceSchemas } from '../../../src/core/commands/schemas.ts'
import { registerService } from '../../../src/core/commands/service.ts'
import { changeTag, removeTags, replaceTags } from '../../../src/core/commands/tags.ts'
import { learn, startTestCenter } from '../../helpers/center.ts'
import { refused } from '../../helpers/refused.ts'
import { draft, rules, SCOPE } from '../../helpers/rules.ts'

const LIMIT = 100

const service = async (center: Center, name = 'a', schemas?: readonly string[]): Promise<string> =>
  (await center.execute(registerService(SCOPE, draft(name, schemas ? { schemas } : {}), rules()))).id

const view = (center: Center, id: string) => {
  const found = center.read(read => read.service(SCOPE, id))
  assert.ok(found)
  return found
}

describe('tags', () => {
  it('are replaced as a set, changed and removed', async () => {
    const center = startTestCenter()
    const id = await service(center)
    await center.execute(replaceTags(SCOPE, id, { a: '1', b: '2' }))
    await center.execute(replaceTags(SCOPE, id, { b: '3', c: '4' }))
    assert.deepEqual({ ...view(center, id).tags() }, { b: '3', c: '4' })
    await center.execute(changeTag(SCOPE, id, 'b', '5'))
    assert.deepEqual({ ...view(center, id).tags() }, { b: '5', c: '4' })
    await center.execute(removeTags(SCOPE, id, ['b']))
    assert.deepEqual({ ...view(center, id).tags() }, { c: '4' })
    await center.execute(replaceTags(SCOPE, id, {}))
    assert.deepEqual({ ...view(center, id).tags() }, {})
  })

  it('are removed all or none', async () => {
    const center = startTestCenter()
    const id = await service(center)
    await center.execute(replaceTags(SCOPE, id, { a: '1' }))
    const { message } = await refused('TAG_NOT_FOUND', () => center.execute(removeTags(SCOPE, id, ['a', 'x'])))
    assert.match(message, /key x does not exist/)
    assert.deepEqual({ ...view(center, id).tags() }, { a: '1' })
    await refused('TAG_NOT_FOUND', () => center.execute(changeTag(SCOPE, id, 'toString', '1')))
  })

  it('of an unknown service are refused', async () => {
    const center = startTestCenter()
    for (const command of [
      replaceTags(SCOPE, 'x', {}),
      changeTag(SCOPE, 'x', 'k', 'v'),
      removeTags(SCOPE, 'x', ['k']),
    ]) {
      await refused('SERVICE_NOT_FOUND', () => center.execute(command))
    }
  })
})

describe('schemas', () => {
  const put = (center: Center, id: string, schemaId: string, content: string, limit = LIMIT) =>
    center.execute(putSchema(SCOPE, id, { schemaId, content, summary: 's' }, limit))
  const contents = (center: Center, id: string) =>
    Object.fromEntries(
      view(center, id)
        .schemas()
        .map(schema => [schema.schemaId, schema.content()]),
    )

  it('are put one by one, declared or not, and stay declared when removed', async () => {
    const center = startTestCenter()
    const id = await service(center, 'a', ['first'])
    assert.deepEqual(contents(center, id), { first: undefined })
    await put(center, id, 'first', '1')
    await put(center, id, 'second', '2')
    await put(center, id, 'second', '3')
    assert.deepEqual(contents(center, id), { first: '1', second: '3' })
    await center.execute(removeSchema(SCOPE, id, 'second'))
    assert.deepEqual(contents(center, id), { first: '1', second: undefined })
    assert.deepEqual(view(center, id).read().schemas?.toSorted(), ['first', 'second'])
    await refused('SCHEMA_NOT_FOUND', () => center.execute(removeSchema(SCOPE, id, 'second')))
    await refused('SCHEMA_NOT_FOUND', () => center.execute(removeSchema(SCOPE, id, 'third')))
  })

  it('are replaced as a set, which is then what is declared', async () => {
    const center = startTestCenter()
    const id = await service(center, 'a', ['a', 'b'])
    await put(center, id, 'a', '1')
    await center.execute(
      replaceSchemas(SCOPE, id, [
        { schemaId: 'a', content: '2', summary: 's' },
        { schemaId: 'c', content: '3', summary: 's' },
      ]),
    )
    assert.deepEqual(contents(center, id), { a: '2', c: '3' })
  })

  it('have a quota, which an overwritten one does not use', async () => {
    const center = startTestCenter()
    const id = await service(center)
    await put(center, id, 'a', '1', 1)
    await put(center, id, 'a', '2', 1)
    await refused('QUOTA_EXCEEDED', () => put(center, id, 'b', '1', 1))
  })
})

describe('declared dependencies', () => {
  const consumer = { environment: '', appId: 'app', serviceName: 'consumer', version: '1.0.0' }
  const provider = (serviceName: string, appId = '') => ({ environment: '', appId, serviceName })
  const declare = (center: Center, names: readonly string[], overwrite: boolean) =>
    center.execute(declareDependencies(SCOPE, [{ consumer, providers: names.map(name => provider(name)) }], overwrite))
  const declared = (center: Center, id: string) =>
    center.read(read => read.dependencies(view(center, id)).map(({ serviceName }) => serviceName)).toSorted()

  it('are added or overwritten, whether or not the provider is there', async () => {
    const center = startTestCenter()
    const id = await service(center, 'consumer')
    await service(center, 'here')
    await declare(center, ['here', 'absent'], false)
    await declare(center, ['more'], false)
    assert.deepEqual(declared(center, id), ['absent', 'here', 'more'])
    assert.deepEqual(
      center.read(read => read.providers(view(center, id)).map(({ key }) => key.serviceName)),
      ['here'],
    )
    await declare(center, ['here', 'new'], true)
    assert.deepEqual(declared(center, id), ['here', 'new'])
    await declare(center, [], true)
    assert.deepEqual(declared(center, id), [])
  })

  it('of an unknown consumer, or on one provider twice, are refused as a whole', async () => {
    const center = startTestCenter()
    const id = await service(center, 'consumer')
    const unknown = { consumer: { ...consumer, version: '9.9.9' }, providers: [provider('a')] }
    const good = { consumer, providers: [provider('a')] }
    const twice = { consumer, providers: [provider('a'), provider('a', 'app')] }
    const { message } = await refused('SERVICE_NOT_FOUND', () =>
      center.execute(declareDependencies(SCOPE, [good, unknown], false)),
    )
    assert.equal(message, 'Consumer /app/consumer/9.9.9 does not exist.')
    await refused('INVALID_PARAMS', () => center.execute(declareDependencies(SCOPE, [good, twice], false)))
    assert.deepEqual(declared(center, id), [])
  })
})

describe('a write below another cluster’s service', () => {
  const writes = {
    'a tag': (id: string) => replaceTags(SCOPE, id, { a: '1' }),
    'a schema': (id: string) => putSchema(SCOPE, id, { schemaId: 's', content: 'c' }, LIMIT),
  }
  for (const [name, write] of Object.entries(writes)) {
    it(`${name} registers it here first`, async () => {
      const [there, here] = [startTestCenter(), startTestCenter({ label: 'sc2' })]
      const id = await service(there)
      learn(there, here)
      await here.execute(write(id))
      assert.equal(view(here, id).local, true)
      assert.equal(
        here.read(read => read.localCounts(SCOPE).services),
        1,
      )
    })
  }
})
