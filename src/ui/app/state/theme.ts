import { signal } from '@preact/signals'

export const THEMES = ['system', 'light', 'dark'] as const
export type ThemeName = (typeof THEMES)[number]

const KEY = 'grapevine.theme'

const isTheme = (text: string | null): text is ThemeName => THEMES.some(theme => theme === text)

/** Dark, light, or as the system has it. */
export class Theme {
  readonly name = signal<ThemeName>('system')
  readonly #store: Storage
  readonly #root: HTMLElement

  constructor(store: Storage, root: HTMLElement) {
    this.#store = store
    this.#root = root
    const kept = store.getItem(KEY)
    this.choose(isTheme(kept) ? kept : 'system')
  }

  choose(name: ThemeName): void {
    this.name.value = name
    this.#store.setItem(KEY, name)
    this.#root.dataset.theme = name
  }
}
