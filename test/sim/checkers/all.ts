import type { Plan } from '../plan/plan.ts'
import type { Observer } from '../world/observer.ts'
import { heardAbroadIsHeardAtHome } from './abroad.ts'
import { acceptedIsShown } from './accepted.ts'
import { deletedAccountsStayDeleted } from './accounts.ts'
import { balancedGetNoError } from './balanced.ts'
import { recordsBelong } from './belonging.ts'
import { clustersAreOne } from './clusters.ts'
import { contextsCoverWhatIsHere } from './contexts.ts'
import { catalogsConverge } from './convergence.ts'
import { crowdsAreKept } from './crowds.ts'
import { deadGo, endedStayEnded } from './dead.ts'
import { deletionsLeaveNothing } from './deletions.ts'
import { generationsAreNewOrCarriedOn } from './generations.ts'
import { hiddenStayHidden } from './hidden.ts'
import { holdersEnd } from './holders.ts'
import { itemsAreAsWritten } from './items.ts'
import { leasesAreReadByTheRules } from './leases.ts'
import { livingAreShown } from './living.ts'
import { loopsKeepNoDead } from './loops.ts'
import { deletionsNeedNoMemory } from './memory.ts'
import { partitionsExpireNothing } from './partitions.ts'
import { readsComeFromMemory } from './reading.ts'
import { restartsEmptyNothing } from './restarts.ts'
import { recordsAreReadByTheRules } from './rules.ts'
import type { Scene } from './scene.ts'
import { heartbeatsCreateNothing } from './strays.ts'
import { versionsUnderstand } from './versions.ts'
import { restartsWatchFirst } from './watching.ts'

/** In the order of the invariants, as far as one checker watches one. */
export const allCheckers = (scene: Scene, plan: Plan): Observer[] => [
  readsComeFromMemory(scene, plan),
  acceptedIsShown(scene),
  balancedGetNoError(scene),
  catalogsConverge(scene),
  itemsAreAsWritten(scene),
  recordsAreReadByTheRules(scene),
  generationsAreNewOrCarriedOn(scene),
  livingAreShown(scene),
  leasesAreReadByTheRules(scene),
  deadGo(scene),
  loopsKeepNoDead(scene),
  endedStayEnded(scene),
  holdersEnd(scene),
  heartbeatsCreateNothing(scene),
  partitionsExpireNothing(scene, plan),
  hiddenStayHidden(scene, plan),
  restartsEmptyNothing(scene),
  restartsWatchFirst(scene),
  crowdsAreKept(scene),
  deletionsNeedNoMemory(scene),
  deletionsLeaveNothing(scene),
  recordsBelong(scene),
  heardAbroadIsHeardAtHome(scene),
  deletedAccountsStayDeleted(scene),
  clustersAreOne(scene),
  versionsUnderstand(scene, plan),
  contextsCoverWhatIsHere(scene),
]
