import assert from 'node:assert/strict'
import type { Store, StoreSource } from '../../src/center/ports.ts'

export type OpenStore = Store & StoreSource

/** One place to keep things. `open` is called again after `close`, as the next process would. */
export interface StorePlace {
  open(): Promise<OpenStore>
  /** Opens so that a few hundred bytes of log make it ask for a snapshot. */
  openSmall(): Promise<OpenStore>
  cleanUp(): Promise<void>
}

export const frame = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

export async function loaded(store: OpenStore): Promise<string[]> {
  const frames: string[] = []
  await store.load(bytes => frames.push(textOf(bytes)))
  return frames
}

/** Resolves when the frame is stored, rejects when it is not. */
export const append = (store: Store, text: string): Promise<void> =>
  new Promise((resolve, reject) =>
    store.append(frame(text), error => (error === undefined ? resolve() : reject(error))),
  )

/** What every store must do, whatever is below it. */
export function storeContract(name: string, durable: boolean, makePlace: () => Promise<StorePlace>): void {
  describe(`store: ${name}`, () => {
    let place: StorePlace
    let store: OpenStore

    beforeEach(async () => {
      place = await makePlace()
      store = await place.open()
    })
    afterEach(async () => {
      await store.close()
      await place.cleanUp()
    })

    const reopen = async (): Promise<string[]> => {
      await store.close()
      store = await place.open()
      return loaded(store)
    }

    it('says whether it is durable, and begins empty', async () => {
      assert.equal(store.durable, durable)
      assert.deepEqual(await loaded(store), [])
      assert.equal(store.get('cluster'), undefined)
    })

    it('tells everyone once, in order, and never before append has returned', async () => {
      await loaded(store)
      const told: number[] = []
      let returned = false
      const all = Array.from({ length: 50 }, (_, index) => {
        const { promise, resolve } = Promise.withResolvers<void>()
        store.append(frame(`frame ${index}`), error => {
          assert.equal(error, undefined)
          assert.ok(returned, `frame ${index} was told within append`)
          told.push(index)
          resolve()
        })
        return promise
      })
      returned = true
      await Promise.all(all)
      assert.deepEqual(told, [...Array(50).keys()])
    })

    it('does not keep the bytes that it was lent', async () => {
      await loaded(store)
      const value = frame('before')
      store.put('progress', value)
      value.fill(0)
      assert.equal(textOf(store.get('progress') ?? frame('')), 'before')
    })

    it('keeps the last value put under a name', async () => {
      await loaded(store)
      for (let round = 0; round < 20; round += 1) store.put('progress', frame(`round ${round}`))
      store.put('cluster', frame('0123456789abcdef'))
      assert.equal(textOf(store.get('progress') ?? frame('')), 'round 19')
      await reopen()
      assert.equal(
        store.get('progress') && textOf(store.get('progress') as Uint8Array),
        durable ? 'round 19' : undefined,
      )
      assert.equal(
        store.get('cluster') && textOf(store.get('cluster') as Uint8Array),
        durable ? '0123456789abcdef' : undefined,
      )
    })

    for (const bad of ['', '../cluster', 'Upper', 'a b', 'x'.repeat(65)]) {
      it(`refuses the value name ${JSON.stringify(bad)}`, () => {
        assert.throws(() => store.put(bad, frame('')), RangeError)
      })
    }

    it('gives back what it was given, in order, after another start', async () => {
      await loaded(store)
      const texts = ['first', '', 'x'.repeat(100_000), 'last']
      await Promise.all(texts.map(text => append(store, text)))
      assert.deepEqual(await reopen(), durable ? texts : [])
      await append(store, 'later')
      assert.deepEqual(await reopen(), durable ? [...texts, 'later'] : [])
    })

    it('stores what is waiting when it is closed', async () => {
      await loaded(store)
      const waiting = append(store, 'at the last moment')
      assert.deepEqual(await reopen(), durable ? ['at the last moment'] : [])
      await waiting
    })

    it('puts a snapshot in the place of the log, and keeps what is appended meanwhile beside it', async () => {
      store = await store.close().then(() => place.openSmall())
      const state: string[] = []
      await store.load(bytes => state.push(textOf(bytes)))
      let snapshots = 0
      store.compactWith(() => {
        snapshots += 1
        return [...state].map(frame)
      })
      for (let index = 0; index < 60; index += 1) {
        const text = `frame ${index} ${'.'.repeat(40)}`
        state.push(text)
        await append(store, text)
      }
      assert.ok(durable ? snapshots > 0 : snapshots === 0, `${snapshots} snapshots`)
      const found = await reopen()
      // A frame that was waiting when the snapshot was taken is in both.
      assert.deepEqual([...new Set(found)].sort(), durable ? [...state].sort() : [])
    })
  })
}
