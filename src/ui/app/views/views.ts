import type { ComponentType } from 'preact'
import { href } from '../state/router.ts'
import { EventsView } from './events.ts'
import { InstancesView } from './instances.ts'
import { OverviewView } from './overview/overview.ts'
import { PeersView } from './peers/peers.ts'
import { ProblemsView } from './problems/problems.ts'
import { ServicesView } from './services.ts'
import { WhyView } from './why.ts'

export interface View {
  readonly id: string
  readonly title: string
  /** After `g`. */
  readonly key: string
  readonly component: ComponentType<{ readonly rest: readonly string[] }>
}

const OVERVIEW: View = { id: 'overview', title: 'Overview', key: 'o', component: OverviewView }

export const VIEWS: readonly View[] = [
  OVERVIEW,
  { id: 'services', title: 'Services', key: 's', component: ServicesView },
  { id: 'instances', title: 'Instances', key: 'i', component: InstancesView },
  { id: 'events', title: 'Events', key: 'e', component: EventsView },
  { id: 'peers', title: 'Peers', key: 'p', component: PeersView },
  { id: 'problems', title: 'Problems', key: 'r', component: ProblemsView },
  { id: 'why', title: 'Why', key: 'w', component: WhyView },
]

export const pathOf = (id: string): string => href([id])

export const viewOf = ([first]: readonly string[]): View => VIEWS.find(({ id }) => id === first) ?? OVERVIEW
