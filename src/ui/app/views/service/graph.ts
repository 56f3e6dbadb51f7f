import type { ServiceDetail } from '../../../../center/ports.ts'

export const WIDTH = 220
export const HEIGHT = 52
const GAP_X = 90
const GAP_Y = 12
const COLUMN = WIDTH + GAP_X

export interface GraphBox {
  readonly id: string
  readonly kind: 'self' | 'consumer' | 'provider' | 'missing'
  readonly name: string
  readonly version: string
  /** Empty: nobody has registered it. */
  readonly serviceId: string
  readonly clusters: readonly string[]
  readonly instances: number
  readonly x: number
  readonly y: number
}

export interface GraphEdge {
  readonly id: string
  /** Of an SVG path. */
  readonly path: string
  /** The two ends share no cluster. */
  readonly crosses: boolean
}

type Content = Omit<GraphBox, 'x' | 'y'>

/** Consumers, the service itself and its providers in columns, each in the middle of the height. */
export function graphOf(detail: ServiceDetail) {
  const { service, serviceId, registrations, consumers, providers, missing } = detail
  const self: Content = {
    id: 'self',
    kind: 'self',
    name: service.serviceName,
    version: service.version,
    serviceId,
    clusters: registrations.map(({ cluster }) => cluster),
    instances: registrations.reduce((sum, { instances }) => sum + instances, 0),
  }
  const others = (list: ServiceDetail['providers'], kind: 'consumer' | 'provider'): Content[] =>
    list.map(each => ({ ...each, id: `${kind} ${each.serviceId}`, kind, name: each.serviceName }))
  const absent: Content[] = missing.map(({ appId, serviceName, environment = '' }) => ({
    ...{ id: `missing ${environment} ${appId} ${serviceName}`, kind: 'missing', name: serviceName, version: '' },
    ...{ serviceId: '', clusters: [], instances: 0 },
  }))
  const columns = [others(consumers, 'consumer'), [self], [...others(providers, 'provider'), ...absent]]
  const shown = columns.filter(column => column.length > 0)
  const rows = Math.max(...shown.map(column => column.length))
  const size = { width: shown.length * COLUMN - GAP_X, height: rows * (HEIGHT + GAP_Y) - GAP_Y }
  const boxes = shown.flatMap((column, i) => placed(column, i * COLUMN, size.height))
  const center = boxes.find(({ kind }) => kind === 'self')
  const edges = center === undefined ? [] : boxes.filter(box => box !== center).map(box => edgeOf(box, center))
  return { boxes, edges, size }
}

function placed(column: readonly Content[], x: number, height: number): GraphBox[] {
  const own = column.length * (HEIGHT + GAP_Y) - GAP_Y
  return column.map((content, i) => ({ ...content, x, y: (height - own) / 2 + i * (HEIGHT + GAP_Y) }))
}

function edgeOf(box: GraphBox, center: GraphBox): GraphEdge {
  const [from, to] = box.kind === 'consumer' ? [box, center] : [center, box]
  const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x - 2, to.y + HEIGHT / 2]
  const middle = (x1 + x2) / 2
  return {
    id: box.id,
    path: `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`,
    crosses: box.clusters.length > 0 && !box.clusters.some(name => center.clusters.includes(name)),
  }
}
