const PAUSE_MS = 20

/** Asks again and again until `ask` answers something other than false or undefined; what it throws counts as not yet. */
export async function until<T>(
  what: string,
  deadlineMs: number,
  ask: () => T | Promise<T>,
): Promise<Exclude<T, false | undefined>> {
  const end = Date.now() + deadlineMs
  let last: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== false && answer !== undefined) return answer as Exclude<T, false | undefined>
      last = undefined
    } catch (error) {
      last = error
    }
    if (Date.now() > end) {
      const reason = last instanceof Error ? `; the last try: ${last.message}` : ''
      throw new Error(`not within ${deadlineMs} ms: ${what}${reason}`, { cause: last })
    }
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
  }
}
