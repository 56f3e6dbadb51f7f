import assert from 'node:assert/strict'
import type { ApiDeps } from '../../src/api/deps.ts'
import { type ApiOptions, DEFAULT_QUOTAS } from '../../src/api/options.ts'
import { generatePrivateKey, readPrivateKey } from '../../src/api/rbac/keys.ts'
import { DEFAULT_RBAC } from '../../src/api/rbac/options.ts'
import { startTestNode, type TestNode } from '../helpers/node.ts'
import { describeScenarios, scenariosOf } from './scenarios.ts'

interface Config {
  readonly name: string
  readonly options: Partial<ApiOptions>
  readonly deps?: Partial<ApiDeps>
  readonly rounds: number
  readonly vars?: Readonly<Record<string, string>>
}

/** What the reference answered, replayed. The configurations are those under which it was recorded. */
describe('the recorded reference', () => {
  const rootPassword = 'Complicated_password1'
  const configs: readonly Config[] = [
    { name: 'default', options: {}, rounds: 2 },
    {
      name: 'tinyquota',
      options: { quotas: { ...DEFAULT_QUOTAS, services: 3, instances: 3, schemas: 2, tags: 2 } },
      rounds: 2,
    },
    {
      name: 'rbac',
      options: { rbac: { ...DEFAULT_RBAC, enabled: true, rootPassword } },
      deps: { signingKey: readPrivateKey(generatePrivateKey()) },
      rounds: 2,
      vars: { rootPassword },
    },
  ]
  it('is all of it', () => {
    const scenarios = configs.flatMap(({ name }) => scenariosOf(name))
    assert.equal(scenarios.length, 36)
    assert.equal(
      scenarios.reduce((sum, { steps }) => sum + steps.length, 0),
      537,
    )
  })

  for (const { name, options, deps = {}, rounds, vars = {} } of configs) {
    describe(`configuration ${name}`, () => {
      let node: TestNode

      before(async () => {
        node = await startTestNode(options, deps)
      })

      after(() => node.close())

      describeScenarios(name, () => [node.url], rounds, vars)
    })
  }
})
