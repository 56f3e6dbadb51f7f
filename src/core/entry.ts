import type { Version } from './catalog.ts'
import type { Dot } from './context.ts'
import type { Group } from './group.ts'
import type { ClusterId, Instance } from './model.ts'
import { type LeaseRecord, type OverlayRecord, readInstance, unpackInstance } from './records.ts'
import type { Digests } from './transaction.ts'
import type { InstanceView, Origin } from './view.ts'

/** What readers see of an instance: its registration with status and properties laid over it. Never changed, only replaced. */
export interface Face {
  readonly registration: Version
  readonly status: OverlayRecord<string> | undefined
  readonly properties: OverlayRecord<Readonly<Record<string, string>>> | undefined
  /** 16 hex digits. */
  readonly revision: string
}

/** Living versions of what is laid over a registration; of each the latest counts that names one of its generations. */
export interface Overlays {
  readonly status: readonly Version[]
  readonly properties: readonly Version[]
}

/** `instance`: the packed content of the registration. */
export const makeFace = (digests: Digests, instance: Uint8Array, face: Omit<Face, 'revision'>): Face => {
  const { status, properties } = face
  const overlays =
    status === undefined && properties === undefined
      ? ''
      : JSON.stringify([status?.value, status?.modTimestamp, properties])
  const digest = digests.sha256(overlays === '' ? instance : digests.sha256(instance) + overlays)
  return { registration: face.registration, status, properties, revision: cut(digest, REVISION_LENGTH) }
}

const REVISION_LENGTH = 16

/** The beginning of a text as one of its own: a slice would keep the whole text in memory. */
const cut = (text: string, length: number): string => {
  const codes: number[] = []
  for (let i = 0; i < length; i++) codes.push(text.charCodeAt(i))
  return String.fromCharCode(...codes)
}

const readRegistration = ({ registration }: Face): Instance => {
  const record = readInstance(registration.value)
  if (record === undefined) throw new Error(`${registration.key} is no instance`)
  return unpackInstance(record.instance)
}

/** Of the two sets of addresses, readers in the instance's own cluster (`local`) and in others see one each. */
export const addressed = (instance: Instance, local: boolean): Instance => {
  if (instance.exportedEndpoints === undefined) return instance
  const { exportedEndpoints, ...shown } = instance
  return local ? shown : { ...shown, endpoints: exportedEndpoints }
}

/** `local`: the reader is in the cluster that registered it. */
export const readFace = (face: Face, local: boolean): Instance => {
  const { status, properties } = face
  const instance = addressed(readRegistration(face), local)
  if (status === undefined && properties === undefined) return instance
  const modTimestamp = [instance.modTimestamp, status?.modTimestamp ?? '', properties?.modTimestamp ?? ''].reduce(newer)
  return {
    ...instance,
    ...(status === undefined ? {} : { status: status.value }),
    ...(properties === undefined ? {} : { properties: properties.value }),
    modTimestamp,
  }
}

const newer = (a: string, b: string): string => (Number(b) > Number(a) ? b : a)

/** One cluster's registration of one instance, and what this process knows of its life. */
export class Entry implements InstanceView {
  readonly group: Group
  readonly clusterId: ClusterId
  readonly instanceId: string
  face: Face | undefined
  /** Seldom there: most instances never change their status or properties. */
  laid: Overlays | undefined
  parents: readonly string[] = NO_PARENTS
  lease: LeaseRecord | undefined
  /** Registered, its lease open, its service alive, and not hidden for a silent holder. */
  visible = false
  /** Its holder has been silent for a lease while its siblings are heard (invariant 10). */
  hidden = false
  /** Monotonic time at which this node last heard it, or began to watch it; -1: never. */
  heardAtMs = -1
  /** That time is a hearing. What is only watched is no reason to contest another node's end. */
  heard = false
  /** End of the one extra lease that self-preservation grants; 0: none (invariant 12). */
  graceUntilMs = 0
  /** Heard here for a holder in another cluster, and nobody there has acknowledged it. */
  unanswered = false
  /** The same instance id in another cluster. */
  next: Entry | undefined

  constructor(group: Group, clusterId: ClusterId, instanceId: string) {
    this.group = group
    this.clusterId = clusterId
    this.instanceId = instanceId
  }

  /** What was heard before watching began is no news. */
  hear(atMs: number): void {
    if (atMs < this.heardAtMs) return
    this.heardAtMs = atMs
    this.heard = true
  }

  get service(): Group {
    return this.group
  }

  get local(): boolean {
    return this.clusterId === this.group.directory.cluster
  }

  get revision(): string {
    return this.face?.revision ?? ''
  }

  read(abroad = false): Instance {
    return readFace(this.#face(), this.local && !abroad)
  }

  registered(): Instance {
    return readRegistration(this.#face())
  }

  origin(): Origin {
    return this.group.directory.originOf(this)
  }

  /** The lease that counts: the one for the registration that readers see. */
  openLease(): LeaseRecord | undefined {
    const { face, lease } = this
    return face !== undefined && lease?.open === true && isFor(lease, face.registration) ? lease : undefined
  }

  #face(): Face {
    if (this.face === undefined) throw new Error(`instance ${this.instanceId} has no registration`)
    return this.face
  }

  /** Generations of the registration, for what is laid over it. */
  generations(): readonly string[] {
    return this.face === undefined ? [] : (readInstance(this.face.registration.value)?.generations ?? [])
  }
}

const NO_PARENTS: readonly string[] = []

export const isFor = (lease: LeaseRecord, registration: Dot): boolean =>
  lease.seq === registration.seq && lease.epoch === registration.epoch
