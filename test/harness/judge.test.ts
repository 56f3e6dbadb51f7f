import assert from 'node:assert/strict'
import type { ClientEvent, HarnessEvent } from '../../scripts/harness.d/events.ts'
import { expectationsFor } from '../../scripts/harness.d/judge/expectations.ts'
import { broken, contact, cut, END_MS, goodRun, heal, type MadeRun, node, SAMPLE } from './made-run.ts'

interface Planted {
  readonly title: string
  /** The one expectation that it breaks. */
  readonly breaks: string
  readonly plant: (run: MadeRun) => MadeRun
  /** What the evidence names. */
  readonly evidence: RegExp
}

const PLANTED: readonly Planted[] = [
  {
    title: 'an instance that died is shown after its lease',
    breaks: 'ghosts',
    plant: run =>
      run
        .live({ id: 'ghost', node: 'sc1-a', bornMs: 40_000, endMs: 50_500 })
        .show('ghost', 'sc1-a', 40_010, 61_000)
        .show('ghost', 'sc2-a', 40_030, 58_600),
    evidence: /ghost died, had to be gone by 59\.005 s .* sc1-a .* 60\.750 s/,
  },
  {
    title: 'an unregistered instance is shown at another node',
    breaks: 'ghosts',
    plant: run =>
      run
        .live({ id: 'ghost', node: 'sc1-a', bornMs: 40_000, endMs: 50_000, unregisters: true })
        .show('ghost', 'sc1-a', 40_010, 50_000)
        .show('ghost', 'sc2-a', 40_030, 54_000),
    evidence: /ghost was unregistered at sc1-a/,
  },
  {
    title: 'an ended instance comes back for a moment',
    breaks: 'ghosts',
    plant: run => run.show('dies', 'sc2-a', 60_000, 60_500),
    evidence: /dies .*at sc2-a/,
  },
  {
    title: 'a living instance is hidden for a moment',
    breaks: 'missing',
    plant: run =>
      run
        .live({ id: 'hidden', node: 'sc1-a', bornMs: 40_000 })
        .show('hidden', 'sc1-a', 40_010)
        .show('hidden', 'sc2-a', 40_030, 70_000)
        .show('hidden', 'sc2-a', 70_500),
    evidence: /hidden had been shown there .* sc2-a hid it/,
  },
  {
    title: 'a living instance is hidden for a moment by the only node that it has ever spoken to',
    breaks: 'missing',
    plant: run =>
      run
        .live({ id: 'hidden', node: 'sc1-a', bornMs: 40_000 })
        .show('hidden', 'sc1-a', 40_010, 70_000)
        .show('hidden', 'sc1-a', 70_500)
        .show('hidden', 'sc2-a', 40_030),
    evidence: /hidden had been shown there .* sc1-a hid it/,
  },
  {
    title: 'a living instance is never shown at a connected node',
    breaks: 'missing',
    plant: run => run.live({ id: 'hidden', node: 'sc1-a', bornMs: 40_000 }).show('hidden', 'sc1-a', 40_010),
    evidence: /hidden was registered at sc1-a by 40\.005 s/,
  },
  {
    title: 'a partition makes the other side forget',
    breaks: 'missing',
    plant: run =>
      run
        .add(
          cut('sc1-a', 'sc2-a', 50_000),
          cut('sc2-a', 'sc1-a', 50_000),
          heal('sc1-a', 'sc2-a', 70_000),
          heal('sc2-a', 'sc1-a', 70_000),
        )
        .live({ id: 'hidden', node: 'sc1-a', bornMs: 40_000 })
        .show('hidden', 'sc1-a', 40_010)
        .show('hidden', 'sc2-a', 40_030, 60_000)
        .show('hidden', 'sc2-a', 72_000),
    evidence: /hidden .* sc2-a hid it/,
  },
  {
    title: 'a heartbeat on time is told that its instance does not exist',
    breaks: 'lost',
    plant: run => run.add({ k: 'heartbeat', ...contact('lives', 'sc1-a', END_MS - 10, 400), c: '400017' }),
    evidence: /lives .* heartbeats on time, but sc1-a said .* does not exist/,
  },
  {
    title: 'an acknowledged update is not what is shown in the end',
    breaks: 'lost',
    plant: run => run.add({ k: 'update', ...contact('lives', 'sc1-a', 50_000), v: 3 }),
    evidence: /lives set its properties to version 3 .* shows version 0/,
  },
  {
    title: 'somebody is shown whom nobody has registered',
    breaks: 'invented',
    plant: run => run.show('nobody', 'sc2-a', 50_000),
    evidence: /sc2-a showed nobody/,
  },
  {
    title: 'a node that serves refuses a read',
    breaks: 'refusedReads',
    plant: run =>
      run.add({
        k: 'fail',
        w: 'observer-sc1-a',
        n: 'sc1-a',
        what: 'batch',
        s: 50_000,
        a: 50_010,
        st: 400,
        c: '400002',
      }),
    evidence: /sc1-a answered 400 400002/,
  },
  {
    title: 'a node does not answer a read',
    breaks: 'refusedReads',
    plant: run => run.add({ k: 'fail', w: 'x', n: 'sc1-a', what: 'find', s: 50_000, a: 55_000, st: 0 }),
    evidence: /sc1-a did not answer a find/,
  },
  {
    title: 'a node ends by itself',
    breaks: 'crashes',
    plant: run => run.add(node('sc2-a', 'crashed', END_MS)),
    evidence: /sc2-a ended by itself/,
  },
  {
    title: 'what happened in a partition is seen late after it has healed',
    breaks: 'convergenceMs',
    plant: run =>
      run
        .meta({ expect: { convergenceMs: 3_000 } })
        .add(
          cut('sc1-a', 'sc2-a', 40_000),
          cut('sc2-a', 'sc1-a', 40_000),
          heal('sc1-a', 'sc2-a', 70_000),
          heal('sc2-a', 'sc1-a', 70_000),
        )
        .live({ id: 'meanwhile', node: 'sc1-a', bornMs: 50_000 })
        .show('meanwhile', 'sc1-a', 50_010)
        .show('meanwhile', 'sc2-a', 75_000),
    evidence: /meanwhile, registered at sc1-a .* was seen at sc2-a 5\./,
  },
  {
    title: 'registrations are seen late',
    breaks: 'propagationP99Ms',
    plant: run =>
      run
        .meta({ expect: { propagationP99Ms: 500 } })
        .live({ id: 'slow', node: 'sc1-a', bornMs: 40_000 })
        .show('slow', 'sc1-a', 40_010)
        .show('slow', 'sc2-a', 41_000),
    evidence: /slow, sent at 40\.000 s, was seen at sc2-a after 1005 ms/,
  },
  {
    title: 'a node takes too much memory',
    breaks: 'residentMB',
    plant: run => run.add({ ...SAMPLE, rss: 500e6 }),
    evidence: /sc1-a held 500 MB/,
  },
  {
    title: 'a node lets too much wait for a peer',
    breaks: 'queuedMB',
    plant: run => run.add({ ...SAMPLE, queued: 20e6 }),
    evidence: /sc1-a kept 20\.0 MB waiting for one peer/,
  },
]

describe('the judge of the harness', () => {
  it('finds nothing wrong with a good run, and counts what was done', () => {
    const judgement = goodRun().judge()
    assert.deepEqual(
      judgement.verdicts.flatMap(({ evidence, held }) => (held === false ? evidence : [])),
      [],
    )
    assert.ok(judgement.held)
    assert.equal(judgement.counts.instances, 3)
    assert.equal(judgement.propagationMs.count, 3)
  })

  it('has a planted breakage for every limit', () => {
    const { limits } = expectationsFor({}, [], 1)
    const judged = Object.entries(limits).flatMap(([name, { limit }]) => (limit === undefined ? [] : [name]))
    assert.deepEqual([...new Set(PLANTED.map(({ breaks }) => breaks))].sort(), judged.sort())
  })

  for (const { title, breaks, plant, evidence } of PLANTED) {
    it(`notices that ${title}`, () => {
      const judgement = plant(goodRun()).judge()
      assert.deepEqual(broken(judgement), [breaks])
      assert.equal(judgement.held, false)
      assert.match(judgement.verdicts.find(({ name }) => name === breaks)?.evidence.join('\n') ?? '', evidence)
    })
  }

  it('takes nobody for hidden who lived between two reads of a consumer, but who lived during one', () => {
    const read = { w: 'consumer', n: 'sc1-a', svc: 'shop-0' }
    const run = (endMs: number): MadeRun =>
      goodRun()
        .live({ id: 'brief', node: 'sc1-a', bornMs: 50_500, endMs, unregisters: true })
        .show('brief', 'sc1-a', 50_505, endMs)
        .show('brief', 'sc2-a', 50_530, endMs + 30)
        // Reads at 50, 52 and 54 s, of which the second found nothing new.
        .add({ k: 'view', ...read, p: null, g: 0, s: 50_000, a: 50_005, add: { lives: 0 }, del: [] })
        .add({ k: 'last', ...read, g: 2_005, s: 54_000, a: 54_005 })
    assert.deepEqual(broken(run(51_900).judge()), [])
    assert.deepEqual(broken(run(53_900).judge()), ['missing'])
  })

  it('adds up what passed a link, by kind, over restarts of its nodes', () => {
    const sent = (t: number, bytes: number, frames: number): HarnessEvent => {
      return { ...SAMPLE, t, traffic: { 'sc2-a/gossip/bytes': bytes, 'sc2-a/gossip/frames': frames } }
    }
    const { traffic } = goodRun()
      .add(sent(50_000, 1_000, 10), sent(51_000, 1_500, 12))
      .add(sent(60_000, 200, 3), { k: 'bytes', t: 60_000, paths: { 'sc1-a>sc2-a': 5_000 } })
      .judge()
    assert.deepEqual(traffic, [
      {
        ...{ from: 'sc1-a', to: 'sc2-a', wireBytes: 5_000 },
        kinds: { gossip: { bytes: 1_700, frames: 15 }, peer: { bytes: 0, frames: 0 }, repair: { bytes: 0, frames: 0 } },
      },
    ])
  })

  it('does not take a run for good that was not completed', () => {
    const judgement = goodRun().meta({ complete: false }).judge()
    assert.deepEqual(broken(judgement), [])
    assert.equal(judgement.held, false)
  })

  it('counts reads of a node that is away as nobody’s fault', () => {
    const failed: ClientEvent = { k: 'fail', w: 'x', n: 'sc2-a', what: 'find', s: END_MS - 900, a: END_MS - 800, st: 0 }
    assert.deepEqual(
      broken(
        goodRun()
          .add(node('sc2-a', 'down', END_MS - 1_000), failed)
          .judge(),
      ),
      [],
    )
  })

  it('lets a scenario tighten a limit, not loosen it, and name no exception that no invariant grants', () => {
    assert.throws(
      () =>
        goodRun()
          .meta({ expect: { residentMB: 900 } })
          .judge(),
      /only tighten/,
    )
    assert.throws(
      () =>
        goodRun()
          .meta({ expect: { beauty: 1 } })
          .judge(),
      /expect\.beauty/,
    )
    assert.throws(
      () =>
        goodRun()
          .meta({ exceptions: [6] })
          .judge(),
      /invariant 6 grants none/,
    )
  })
})
