/** Flattens nested counts into `a_b_c: number`, for metrics with one label. */
export const meshNumbers = (counters: object | undefined): Readonly<Record<string, number>> => {
  const numbers: Record<string, number> = {}
  const walk = (node: unknown, path: string): void => {
    if (typeof node === 'number') numbers[path] = node
    else if (typeof node === 'object' && node !== null) {
      for (const [key, child] of Object.entries(node)) walk(child, path === '' ? key : `${path}_${key}`)
    }
  }
  walk(counters, '')
  return numbers
}
