import assert from 'node:assert/strict'
import type { Center } from '../../../src/center/center.ts'
import { registerInstance } from '../../../src/core/commands/instance.ts'
import type { InstanceDraft } from '../../../src/core/commands/instance-draft.ts'
import { registerService, type ServiceDraft } from '../../../src/core/commands/service.ts'
import type { Scope } from '../../../src/core/model.ts'
import {
  type AddressFact,
  NOTHING_OUTSIDE,
  type Outside,
  type WhyQuestion,
  type WhyReport,
} from '../../../src/core/why/facts.ts'
import { LinkedCenters } from '../../helpers/linked-centers.ts'
import { draft, rules, SCOPE } from '../../helpers/rules.ts'

export type Asked = Partial<WhyQuestion>

export const ask = (reader: Center, asked: Asked = {}): WhyReport =>
  reader.insight.why(
    {
      scope: SCOPE,
      service: 'orders',
      environment: undefined,
      appId: undefined,
      version: undefined,
      consumerId: '',
      from: undefined,
      options: {},
      ...asked,
    },
    {
      time: ms => new Date(ms).toISOString(),
      shared: { names: new Set(['SERVICECENTER']), environment: 'production' },
    },
  )

/** The answer, which must be this one and have a broken step and something to do, or neither. */
export const expectCause = (report: WhyReport, cause: WhyReport['cause'], ...texts: readonly RegExp[]): WhyReport => {
  const shown = JSON.stringify(report, undefined, 2)
  assert.equal(report.cause, cause, shown)
  assert.equal(report.visible, cause === 'visible', shown)
  if (cause !== 'visible') {
    assert.ok(
      report.chain.some(({ ok }) => !ok),
      `no step of the chain is broken: ${shown}`,
    )
    assert.match(report.next, /\w{3,}.*[.?)]$/, shown)
  }
  for (const text of texts)
    assert.match(`${report.summary} | ${report.chain.map(step => step.text).join(' | ')} | ${report.next}`, text)
  return report
}

export const service = async (
  center: Center,
  more: Partial<ServiceDraft> = {},
  scope: Scope = SCOPE,
): Promise<string> => (await center.execute(registerService(scope, draft('orders', more), rules()))).id

export const instance = (center: Center, id: string, more: Partial<InstanceDraft> = {}): Promise<string> =>
  center.execute(
    registerInstance(
      SCOPE,
      id,
      { instanceId: 'i1', hostName: 'h', endpoints: ['rest://10.0.0.1:80'], ...more },
      rules(),
    ),
  )

/** The service with one living instance. */
export const provider = async (center: Center, more: Partial<ServiceDraft> = {}): Promise<string> => {
  const id = await service(center, more)
  await instance(center, id)
  return id
}

/** Two linked clusters; `reader` is in sc1, `home` in sc2. */
export const twoClusters = (options: Parameters<LinkedCenters['add']>[2] = {}) => {
  const world = new LinkedCenters()
  const reader = world.add('reader', 'sc1', options)
  const home = world.add('home', 'sc2')
  world.link(reader, home)
  world.run(2_000)
  return { world, reader, home }
}

export const outside = (more: Partial<Outside>): { readonly outside: () => Outside } => ({
  outside: () => ({ ...NOTHING_OUTSIDE, ...more }),
})

export const address = (more: Partial<AddressFact>): AddressFact => ({
  address: 'http://10.12.0.2:30100',
  role: 'foreign',
  cluster: 'sc2',
  state: 'waiting',
  node: undefined,
  failures: 4,
  error: undefined,
  ...more,
})
