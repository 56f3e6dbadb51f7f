import type { InstanceView, View } from '../view.ts'
import { CENTER_NAME } from './access.ts'

/** The own cluster's nodes, as they registered themselves: clients take their server list from them. */
export function centerInstances(view: View, environment: string): readonly InstanceView[] {
  const scope = { domain: 'default', project: 'default' }
  const local = { local: true }
  return view.named(scope, environment, 'default', CENTER_NAME, local).flatMap(service => service.instances(local))
}
