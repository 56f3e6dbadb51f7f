import { Worker } from 'node:worker_threads'
import type { Summary } from './summary.ts'

/** Seeds do not share anything, so as many run at a time as there are cores to spare; a developer's machine has two. */
export const THREADS = 2
/** Frames and records live for a moment: with room for them the collector has less to copy. */
const YOUNG_MB = 96

/** Runs seeds in threads. Rejects with the seed at which the simulation itself, not the simulated, was at fault. */
export const runSeeds = async (
  seeds: Iterator<number>,
  add: (summary: Summary) => void,
  threads = THREADS,
): Promise<void> => {
  await Promise.all(Array.from({ length: threads }, () => runThread(seeds, add)))
}

const runThread = (seeds: Iterator<number>, add: (summary: Summary) => void): Promise<void> => {
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  })
  let seed = 0
  const work = new Promise<void>((resolve, reject) => {
    const next = (): void => {
      const { done, value } = seeds.next()
      if (done === true) return resolve()
      seed = value
      worker.postMessage(value)
    }
    worker.on('message', (summary: Summary) => {
      add(summary)
      next()
    })
    worker.on('error', cause => reject(new Error(`the simulation itself failed at seed ${seed}`, { cause })))
    next()
  })
  return work.finally(() => worker.terminate())
}
