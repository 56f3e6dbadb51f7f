import { durationMs, type Fault, type Faults, runningNodes } from './fault.ts'
import { kill } from './process-faults.ts'

const fullDisk: Fault = async storm => {
  const { world, random } = storm
  const node = random.maybePick(runningNodes(storm))
  const disk = node?.disk
  if (node === undefined || disk === undefined || disk.full) return false
  world.note(`the disk of ${node.id} is full`)
  disk.full = true
  await world.sleep(durationMs(storm))
  disk.full = false
  disk.fullUntilMs = world.nowMs
  // Whoever has made room may start the process anew, before it has written everything down.
  if (random.chance(0.5)) return true
  await world.sleep(random.between(0, 3_000))
  if (!node.running || node.disk !== disk || !world.storm) return true
  kill(world, node, true)
  await world.sleep(500)
  node.start()
  return true
}

/** A snapshot is taken; much later it is put back. */
const oldDisk: Fault = async storm => {
  const { world, random, plan } = storm
  const node = random.maybePick(runningNodes(storm).filter(each => each.disk !== undefined))
  const image = node?.imageOfDisk()
  if (node === undefined || image === undefined) return false
  const ageMs = random.pick([5_000, plan.leaseMs * 3]) * random.between(0.5, 1.5)
  await world.sleep(ageMs)
  if (!node.running || !world.storm) return false
  world.note(`${node.id} gets a disk of ${Math.round(ageMs / 1000)} s ago`)
  world.lostDisk(node)
  kill(world, node, true)
  node.replaceDisk(image)
  await world.sleep(random.pick([500, durationMs(storm)]))
  node.start()
  return true
}

const lostDisk: Fault = async storm => {
  const { world, random } = storm
  const node = random.maybePick(runningNodes(storm).filter(each => each.disk !== undefined))
  if (node === undefined) return false
  world.note(`${node.id} loses its disk`)
  world.lostDisk(node)
  kill(world, node, true)
  node.replaceDisk(undefined)
  await world.sleep(random.pick([500, durationMs(storm)]))
  node.start()
  return true
}

const compaction: Fault = async ({ world, random }) => {
  const node = random.maybePick(world.nodes.filter(each => each.running && each.disk?.compacting === false))
  const { center, process, disk } = node ?? {}
  if (center === undefined || process === undefined || disk === undefined) return false
  const frames = center.snapshot()[Symbol.iterator]()
  let next = frames.next()
  const compact = disk.compact()
  while (next.done !== true) {
    compact.add(next.value)
    await world.sleep(random.pick([0, 5, 200]))
    if (!process.alive) return false
    next = frames.next()
  }
  compact.finish()
  return true
}

export const DISK_FAULTS: Faults = { 'full disk': fullDisk, 'old disk': oldDisk, 'lost disk': lostDisk, compaction }
