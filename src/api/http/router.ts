interface Node<T> {
  readonly children: Map<string, Node<T>>
  parameter: Node<T> | undefined
  leaf: Leaf<T> | undefined
}

interface Leaf<T> {
  readonly value: T
  readonly names: readonly string[]
}

export interface Found<T> {
  readonly value: T
  readonly params: Readonly<Record<string, string>>
}

/**
 * Finds routes of plain paths. It never looks a second time where a constant segment led astray: what it does not find may
 * still be a route, and what it finds is the route that Fastify finds.
 */
export class Router<T> {
  readonly #methods = new Map<string, Node<T>>()

  /** A path in Fastify's syntax whose parameters are whole segments. */
  add(method: string, path: string, value: T): void {
    let node = this.#methods.get(method) ?? newNode<T>()
    this.#methods.set(method, node)
    const names: string[] = []
    for (const segment of path.slice(1).split('/')) {
      if (segment.startsWith(':')) names.push(segment.slice(1))
      node = segment.startsWith(':') ? parameterOf(node) : childOf(node, segment)
    }
    node.leaf = { value, names }
  }

  /** A path without query. */
  find(method: string, path: string): Found<T> | undefined {
    let node = this.#methods.get(method)
    const values: string[] = []
    for (let start = 1; start > 0 && node !== undefined; ) {
      const slash = path.indexOf('/', start)
      const segment = slash < 0 ? path.slice(start) : path.slice(start, slash)
      start = slash + 1
      const child = node.children.get(segment)
      if (child === undefined) values.push(segment)
      node = child ?? (segment === '' ? undefined : node.parameter)
    }
    if (node?.leaf === undefined) return undefined
    const { value, names } = node.leaf
    const params: Record<string, string> = {}
    for (let i = 0; i < names.length; i++) params[names[i] as string] = values[i] as string
    return { value, params }
  }
}

const newNode = <T>(): Node<T> => ({ children: new Map(), parameter: undefined, leaf: undefined })

function parameterOf<T>(node: Node<T>): Node<T> {
  node.parameter ??= newNode<T>()
  return node.parameter
}

function childOf<T>(node: Node<T>, segment: string): Node<T> {
  const child = node.children.get(segment) ?? newNode<T>()
  node.children.set(segment, child)
  return child
}
