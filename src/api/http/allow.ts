interface Path {
  /** Parameters are undefined: anything fits. */
  readonly segments: readonly (string | undefined)[]
  readonly method: string
}

/** Which methods a path has: the router only says that it has not the one that was asked for. */
export class Paths {
  readonly #paths: Path[] = []

  /** A path in the router's syntax. */
  add(method: string, path: string): void {
    const segments = path.split('/').map(segment => (segment.startsWith(':') ? undefined : segment))
    this.#paths.push({ segments, method })
  }

  methods(path: string): readonly string[] {
    const given = path.split('/')
    return [...new Set(this.#paths.filter(({ segments }) => fits(segments, given)).map(({ method }) => method))].sort()
  }
}

const fits = (segments: Path['segments'], given: readonly string[]): boolean =>
  segments.length === given.length &&
  segments.every((segment, i) => (segment === undefined ? given[i] !== '' : segment === given[i]))
