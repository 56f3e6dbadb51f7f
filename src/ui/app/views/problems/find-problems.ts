/** What is wrong with a federation, as one node sees it, and what to do about it. */
import type { PeersView, PeerView } from '../../../../center/ports.ts'
import type { Alarm } from '../../answers.ts'
import { count, duration, plural } from '../../parts/format.ts'
import { CLOCK_SHOWN_MS } from '../../parts/states.ts'

export interface Problem {
  /** Stays the same while the problem does. */
  readonly id: string
  readonly tone: 'bad' | 'warn'
  readonly title: string
  readonly detail: string
  readonly remedy: string
  /** An address within the dashboard where more is seen. */
  readonly link: readonly string[]
}

export interface Findings {
  readonly peers: PeersView | undefined
  readonly alarms: readonly Alarm[]
}

/** A repair closes a gap within seconds; one that stays has a reason. */
const BEHIND_MS = 10_000
/** Configured addresses fail now and then while others start. */
const FAILURES_MIN = 3
/** The names under which Service Center's alarms are known, in words. */
const ALARMS: Readonly<Record<string, readonly [title: string, remedy: string]>> = {
  BackendConnectionRefuse: [
    'This node cannot write to its disk',
    'Look at its log for the error and free space. Registrations are refused meanwhile; heartbeats and reads are not. It tries by itself.',
  ],
}

/** The worst first. */
export function findProblems({ peers, alarms }: Findings): readonly Problem[] {
  const problems = [
    ...(peers?.ready === false ? [notReady()] : []),
    ...alarms.filter(({ id }) => id !== UNHEARD).map(ofAlarm),
    ...(peers === undefined ? [] : ofPeers(peers)),
  ]
  return problems.sort((a, b) => Number(b.tone === 'bad') - Number(a.tone === 'bad'))
}

/** Said by the nodes of that cluster, one by one. */
const UNHEARD = 'IncrementPullError'

const PEERS = ['peers']

const notReady = (): Problem => ({
  id: 'not-ready',
  tone: 'bad',
  title: 'This node does not serve yet',
  detail: 'It has no data of its own, and its first repair with a peer has not ended.',
  remedy:
    'See under Peers whether one is connected. A repair that does not end has its reason in the log of either side.',
  link: PEERS,
})

function ofAlarm({ id, fields }: Alarm): Problem {
  const subject = fields.cluster ?? fields.subject ?? ''
  const [title, remedy] = ALARMS[id] ?? [
    subject === '' ? id : `${subject}: ${id}`,
    'It is looked at again and again: the alarm goes away by itself once its cause is gone.',
  ]
  return { id: `alarm ${id} ${subject}`, tone: 'bad', title, detail: fields.detail ?? '', remedy, link: PEERS }
}

function ofPeers(view: PeersView): readonly Problem[] {
  return [
    ...view.peers.flatMap(ofPeer),
    ...view.addresses.flatMap(each => {
      const { address, cluster, state, failures, error } = each
      if (state === 'connected' || state === 'self' || failures < FAILURES_MIN) return []
      const where = cluster === undefined ? '' : ` of ${cluster}`
      return warn(`address ${address}`, `The configured address ${address}${where} leads to no peer`, {
        detail: `${error ?? 'It does not answer'}, ${plural(failures, 'failure')} so far.`,
        remedy:
          'Check host, port and mesh key, and that the other side knows this node. One that was given up belongs out of --peers and --clusters.',
      })
    }),
    ...view.refusals.map(({ who, reason, times, remedy }) =>
      warn(`refused ${who}`, `${who} is refused`, { detail: `${reason}, ${plural(times, 'time')}`, remedy }),
    ),
    ...view.refusedRecords.map(({ key, reason, times, serviceName }) =>
      warn(`record ${key}`, `A record${serviceName === undefined ? '' : ` of ${serviceName}`} is quarantined`, {
        detail: `${key}: ${reason}, ${plural(times, 'time')}`,
        remedy:
          'Its author may be newer than this node, broken, or hostile: compare versions, and keep a hostile identity out with --allow.',
      }),
    ),
  ]
}

function ofPeer(peer: PeerView): readonly Problem[] {
  const { node, name, cluster, state, silentMs, behind, lackedBy, clockAheadMs = 0, leasesHeld } = peer
  const problems: Problem[] = []
  const who = `${name} in ${cluster}`
  if (state === 'silent') {
    problems.push({
      ...warn(`silent ${node}`, `${who} is silent`, {
        detail: `${silentMs === undefined ? 'It was never heard since this node started' : `Nothing was heard of it for ${duration(silentMs)}`}. It held ${plural(leasesHeld, 'lease')}.`,
        remedy: `Is its process running, and reachable at its gossip port? Its instances are marked stale meanwhile. If it is gone for good: grapevine peers retire ${name}, at a node of ${cluster}.`,
      }),
      tone: 'bad',
    })
  }
  if (state === 'up' && behind.changes > 0 && behind.ms > BEHIND_MS) {
    problems.push(
      warn(`behind ${node}`, `This node lacks ${plural(behind.changes, 'change')} of ${who}`, {
        detail: `For ${duration(behind.ms)}. A repair closes such a gap within seconds.`,
        remedy: 'Look for what stops it: a link that carries little, refused records, a process without CPU.',
      }),
    )
  }
  if (state === 'up' && lackedBy !== undefined && lackedBy.changes > 0 && lackedBy.ms > BEHIND_MS) {
    problems.push(
      warn(`lacked ${node}`, `${who} lacks ${plural(lackedBy.changes, 'change')} of this node`, {
        detail: `For ${duration(lackedBy.ms)}.`,
        remedy: `Open the dashboard of ${name}: it knows what stops it.`,
      }),
    )
  }
  if (Math.abs(clockAheadMs) >= CLOCK_SHOWN_MS && state === 'up') {
    problems.push(
      warn(`clock ${node}`, `The clock of ${who} differs by ${duration(Math.abs(clockAheadMs))}`, {
        detail: `It is ${clockAheadMs > 0 ? 'ahead of' : 'behind'} this node's. Leases do not depend on it; tokens, certificates and the times that people read do.`,
        remedy: 'Set the clocks of both machines (NTP).',
      }),
    )
  }
  return problems
}

const warn = (id: string, title: string, rest: Pick<Problem, 'detail' | 'remedy'>): Problem => ({
  ...{ id, title, tone: 'warn', link: PEERS },
  ...rest,
})

/** For a heading. */
export const verdictOf = (problems: readonly Problem[]): string =>
  problems.length === 0
    ? 'Nothing is wrong'
    : `${count(problems.length)} ${problems.length === 1 ? 'problem' : 'problems'}`
