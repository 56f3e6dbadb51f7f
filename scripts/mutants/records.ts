import type { Mutant } from './mutant.ts'

/** What a write is, and what it ends. */
export const RECORDS: readonly Mutant[] = [
  {
    name: 'lookup asks first',
    file: 'src/center/center.ts',
    search: '      return query(this.replica.view)\n    } catch',
    replace: '      return Promise.resolve(query(this.replica.view))\n    } catch',
    caughtBy: [1],
  },
  {
    name: 'nobody is asked',
    file: 'src/center/center.ts',
    search: 'return missing.length === 0 ? undefined',
    replace: 'return missing.length >= 0 ? undefined',
    caughtBy: [2],
  },
  {
    name: 'acknowledged before it is stored',
    file: 'src/center/center.ts',
    search: '      this.#own(outcome, done, ',
    replace:
      '      if (outcome.writes.some(write => /status|properties/.test(write.key))) resolve(reply)\n      this.#own(outcome, done, ',
    caughtBy: [2],
  },
  {
    name: 'the greatest id',
    file: 'src/core/group.ts',
    search: 'record.chosenId < least',
    replace: 'record.chosenId > least',
    caughtBy: [5],
  },
  {
    name: 'anybody writes for anybody',
    file: 'src/center/inbox.ts',
    search: 'write => clusterOfKey(write.key) === cluster',
    replace: 'write => clusterOfKey(write.key) !== undefined',
    caughtBy: [18],
  },
  {
    name: 'a deletion ends what is older',
    file: 'src/core/catalog.ts',
    search: '    for (const dot of write.ends) {\n',
    replace:
      '    for (const dot of [...write.ends, ...(write.value ? [] : this.versions(write.key).filter(each => each.ms < write.ms))]) {\n',
    caughtBy: [2, 3, 4, 6, 13],
  },
  {
    name: "quarantine by the reader's clock",
    file: 'src/core/replica.ts',
    search: '      const reason = permits(write) ?',
    replace: '      const reason = permits(write) && (write.ms < now.wallMs + 60_000 || /node/.test(write.key)) ?',
    caughtBy: [2, 3, 4, 6, 13],
  },
  {
    name: 'a dot covers those before it',
    file: 'src/core/catalog.ts',
    search: '      if (!this.context.add(write.epoch, write.seq)) return',
    replace: '      if (!this.context.addRange(write.epoch, 1, write.seq)) return',
    caughtBy: [2, 3, 6, 20],
  },
  {
    name: 'children outlive their service',
    file: 'src/core/registry.ts',
    search: '    for (const entry of group.entriesOf(this.#cluster)) this.#parts.leases.remove(entry)\n',
    replace: '',
    caughtBy: [15],
  },
  {
    name: 'one bad record refuses those behind it',
    file: 'src/core/replica.ts',
    search: '        refused.push({ write, reason })\n        continue\n',
    replace: '        refused.push({ write, reason })\n        break\n',
    caughtBy: [2, 3, 18, 20],
  },
  {
    name: 'only one of the ended versions',
    file: 'src/core/writer.ts',
    search: '    const ends = held.length === 0 ? NO_ENDS : held.map(',
    replace: '    const ends = held.length === 0 ? NO_ENDS : held.slice(0, value === undefined ? 1 : undefined).map(',
    caughtBy: [2, 3, 4, 7, 14],
  },
  {
    name: 'epoch reused',
    file: 'src/center/center.ts',
    search: 'epoch: random.hex(8) as Epoch',
    replace: 'epoch: digests.sha1(options.node).slice(0, 16) as Epoch',
    also: {
      file: 'src/core/writer.ts',
      search: '    this.#seq += 1\n',
      replace: '    this.#seq = (this.#parts.catalog.context.intervals(epoch).at(-1) ?? 0) + 1\n',
    },
    caughtBy: [2, 3, 4, 6, 20],
  },
  {
    name: 'generations ignored',
    file: 'src/core/directory.ts',
    search: '&& entry.group.carriesAny(entry.parents)\n',
    replace: '&& entry.group.registrations.size > 0\n',
    caughtBy: [14],
  },
  {
    name: 'a registration carries one generation on',
    file: 'src/core/registry.ts',
    search: 'own?.generations ?? [hex(GENERATION_BYTES)]',
    replace: 'own?.generations.slice(0, 1) ?? [hex(GENERATION_BYTES)]',
    caughtBy: [2, 4],
  },
  {
    name: 'end without the ended version',
    file: 'src/core/writer.ts',
    search: '    const ends = held.length === 0 ? NO_ENDS : held.map(',
    replace:
      '    const ends = held.length === 0 ? NO_ENDS : held.filter(each => !/instance/.test(key) || each.epoch === this.#parts.epoch).map(',
    caughtBy: [2, 3, 4, 7, 13, 14, 15],
  },
  {
    name: 'a later stamp hides the version that replaced it',
    file: 'src/core/writer.ts',
    search: 'this.#parts.clock.next(this.#wallMs, above)',
    replace: 'this.#parts.clock.next(this.#wallMs, above && held.length > 1 ? undefined : above)',
    caughtBy: [2, 4, 13],
  },
]
