/**
 * Takes a dump apart while it arrives: `{"cache":{"services":[{…},…],"instances":[…]}}`. A dump may have a hundred
 * megabytes; parsing it whole would stop the node for seconds, so only one pair at a time is ever held and parsed.
 */

/** One pair is at most a service with all its paths and properties, or an instance. */
const PAIR_LENGTH_MAX = 4 * 1024 * 1024

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COLON = 0x3a

/** Depths: 1 the whole, 2 `cache`, 3 the list of a section, 4 a pair. */
const SECTION_DEPTH = 3
const PAIR_DEPTH = 4

export class DumpReader {
  readonly #pair: (section: string, text: string) => void
  #text = ''
  #at = 0
  #depth = 0
  #inString = false
  #stringFrom = 0
  /** The last string before a colon, by the depth at which it stands. */
  readonly #keys: string[] = []
  #lastString = ''
  #pairFrom = -1
  #ended = false

  /** `pair` is handed each element of each list below `cache`, as JSON. */
  constructor(pair: (section: string, text: string) => void) {
    this.#pair = pair
  }

  write(chunk: string): void {
    this.#text += chunk
    while (this.#at < this.#text.length) this.#step()
    this.#drop()
  }

  /** Throws when what came is not a whole dump. */
  end(): void {
    if (!this.#ended) throw new Error('the dump ended in the middle')
  }

  #step(): void {
    const at = this.#at
    const char = this.#text.charCodeAt(at)
    this.#at += 1
    if (this.#inString) {
      if (char === BACKSLASH) this.#at += 1
      else if (char === QUOTE) this.#endString(at)
      return
    }
    if (char === QUOTE) {
      this.#inString = true
      this.#stringFrom = at + 1
    } else if (char === OPEN_BRACE || char === OPEN_BRACKET) this.#open(at)
    else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) this.#close()
    else if (char === COLON && this.#depth < SECTION_DEPTH) this.#keys[this.#depth] = this.#lastString
  }

  #endString(at: number): void {
    this.#inString = false
    if (this.#depth < SECTION_DEPTH) this.#lastString = this.#text.slice(this.#stringFrom, at)
  }

  #open(at: number): void {
    if (this.#ended) throw new Error('something follows the dump')
    this.#depth += 1
    if (this.#depth === PAIR_DEPTH && this.#keys[1] === 'cache') this.#pairFrom = at
  }

  #close(): void {
    if (this.#depth === PAIR_DEPTH && this.#pairFrom >= 0) {
      this.#pair(this.#keys[2] ?? '', this.#text.slice(this.#pairFrom, this.#at))
      this.#pairFrom = -1
    }
    this.#depth -= 1
    if (this.#depth === 0) this.#ended = true
    if (this.#depth < 0) throw new Error('the dump is no JSON')
  }

  /** Forgets what has been read, up to the pair or string that is still open. */
  #drop(): void {
    const from = this.#pairFrom >= 0 ? this.#pairFrom : this.#inString ? this.#stringFrom : this.#at
    if (this.#text.length - from > PAIR_LENGTH_MAX)
      throw new Error(`a pair has more than ${PAIR_LENGTH_MAX} characters`)
    this.#text = this.#text.slice(from)
    this.#at -= from
    this.#stringFrom -= from
    if (this.#pairFrom >= 0) this.#pairFrom = 0
  }
}
