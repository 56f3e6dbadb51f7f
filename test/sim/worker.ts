/** A thread that runs the seeds it is told. */
import { parentPort } from 'node:worker_threads'
import { runSeed } from './run.ts'
import { summarize } from './summary.ts'

parentPort?.on('message', (seed: number) => {
  // What the simulation itself throws ends the thread; the pool says at which seed.
  void runSeed(seed).then(run => parentPort?.postMessage(summarize(run)))
})
