import { type ReadonlySignal, signal } from '@preact/signals'

export interface Notice {
  readonly id: number
  readonly kind: 'good' | 'bad'
  readonly text: string
}

const SHOWN_MS = 6_000
const SHOWN_MAX = 4

/** Short messages about what was just done. */
export class Notices {
  readonly #list = signal<readonly Notice[]>([])
  #next = 1

  get list(): ReadonlySignal<readonly Notice[]> {
    return this.#list
  }

  say(kind: Notice['kind'], text: string): void {
    const id = this.#next++
    this.#list.value = [...this.#list.value, { id, kind, text }].slice(-SHOWN_MAX)
    setTimeout(() => this.dismiss(id), SHOWN_MS)
  }

  dismiss(id: number): void {
    this.#list.value = this.#list.value.filter(notice => notice.id !== id)
  }
}
