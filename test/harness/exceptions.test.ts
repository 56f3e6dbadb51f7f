import assert from 'node:assert/strict'
import { broken, contact, cut, goodRun, heal, type MadeRun, node, SAMPLE } from './made-run.ts'

describe('exceptions of invariants, each claimed and not claimed', () => {
  const brokenWith = (run: MadeRun, exceptions: readonly number[]) => broken(run.meta({ exceptions }).judge())
  /** Dies at 50.5 s, its last heartbeat sent at 50 s. */
  const dying = (): MadeRun => goodRun().live({ id: 'ghost', node: 'sc1-a', bornMs: 40_000, endMs: 50_500 })

  it('7: a restarted holder watches for one more lease', () => {
    const run = (shownToMs: number): MadeRun =>
      dying()
        .add(node('sc1-a', 'down', 51_000), node('sc1-a', 'starting', 59_000), node('sc1-a', 'ready', 60_000))
        .show('ghost', 'sc1-a', 40_010, shownToMs)
        .show('ghost', 'sc2-a', 40_030, shownToMs)
    assert.deepEqual(brokenWith(run(68_500), []), ['ghosts'])
    assert.deepEqual(brokenWith(run(68_500), [7]), [])
    assert.deepEqual(brokenWith(run(72_000), [7]), ['ghosts'])
  })

  it('10: instances of a node that fell silent here may be hidden until it is back', () => {
    const run = (hiddenFromMs: number, hiddenToMs: number): MadeRun =>
      goodRun()
        .add(cut('sc1-a', 'sc2-a', 40_000), cut('sc2-a', 'sc1-a', 40_000))
        .add(heal('sc1-a', 'sc2-a', 60_000), heal('sc2-a', 'sc1-a', 60_000))
        .live({ id: 'other', node: 'sc1-a', bornMs: 30_000 })
        .show('other', 'sc1-a', 30_010)
        .show('other', 'sc2-a', 30_030, hiddenFromMs)
        .show('other', 'sc2-a', hiddenToMs)
    assert.deepEqual(brokenWith(run(52_000, 62_000), []), ['missing'])
    assert.deepEqual(brokenWith(run(52_000, 62_000), [10]), [])
    assert.deepEqual(brokenWith(run(45_000, 62_000), [10]), ['missing'])
    assert.deepEqual(brokenWith(run(52_000, 80_000), [10]), ['missing'])
  })

  it('12: most of a service that falls silent at once is kept for one more lease', () => {
    const run = (shownToMs: number): MadeRun =>
      dying().show('ghost', 'sc1-a', 40_010, shownToMs).show('ghost', 'sc2-a', 40_030, 58_600)
    assert.deepEqual(brokenWith(run(66_000), []), ['ghosts'])
    assert.deepEqual(brokenWith(run(66_000), [12]), [])
    assert.deepEqual(brokenWith(run(70_000), [12]), ['ghosts'])
  })

  it('7: one that was paused does so when it notices, by its absence and one lease in all', () => {
    const run = (shownToMs: number): MadeRun =>
      dying()
        .add(node('sc1-a', 'paused', 51_000), node('sc1-a', 'resumed', 60_000))
        .show('ghost', 'sc1-a', 40_010, shownToMs)
        .show('ghost', 'sc2-a', 40_030, shownToMs)
    assert.deepEqual(brokenWith(run(75_000), []), ['ghosts'])
    assert.deepEqual(brokenWith(run(75_000), [7]), [])
    assert.deepEqual(brokenWith(run(79_000), [7]), ['ghosts'])
  })

  it('10: one that nobody could reach for 5 s may have doubted itself, whatever the scenario claims', () => {
    const run = (afterMs: number): MadeRun =>
      dying()
        .add({ ...SAMPLE, t: 51_000 }, { ...SAMPLE, t: 51_000 + afterMs })
        .show('ghost', 'sc1-a', 40_010, 70_000)
        .show('ghost', 'sc2-a', 40_030, 70_000)
    assert.deepEqual(brokenWith(run(6_000), []), [])
    assert.deepEqual(brokenWith(run(4_000), []), ['ghosts'])
  })

  it('17: instances of a cluster that came back with empty disks are unknown there, and hidden elsewhere', () => {
    const run = (): MadeRun =>
      goodRun()
        .add(
          node('sc2-a', 'down', 50_500),
          node('sc2-a', 'starting', 52_000, 'replaced'),
          node('sc2-a', 'ready', 54_000),
        )
        .live({ id: 'old', node: 'sc2-a', bornMs: 40_000, endMs: 51_000 })
        .add({ k: 'heartbeat', ...contact('old', 'sc2-a', 55_000, 400), c: '400017' })
        .show('old', 'sc2-a', 40_010, 50_600)
        .show('old', 'sc1-a', 40_030, 76_000)
    assert.deepEqual(brokenWith(run(), []), ['ghosts', 'lost'])
    assert.deepEqual(brokenWith(run(), [17]), [])
  })
})
