/** What became of a peer's frame: of its type this node knows nothing, or its fields are not what that type has. */
export type Taken = 'taken' | 'unknown' | 'malformed'
