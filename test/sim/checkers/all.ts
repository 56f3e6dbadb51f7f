import type { Observer } from '../world/observer.ts'
import { catalogsConverge } from './convergence.ts'
import { deadGo, endedStayEnded } from './dead.ts'
import { holdersEnd } from './holders.ts'
import { livingAreShown } from './living.ts'
import type { Scene } from './scene.ts'

export const allCheckers = (scene: Scene): Observer[] => [
  livingAreShown(scene),
  deadGo(scene),
  endedStayEnded(scene),
  holdersEnd(scene),
  catalogsConverge(scene),
]
