import { useEffect } from 'preact/hooks'
import { useApp } from './state/app.ts'
import { pathOf, VIEWS } from './views/views.ts'

/** Keys with what they do, for people. */
export const KEYS: readonly (readonly [string, string])[] = [
  ['/', 'Search in the list'],
  ...VIEWS.map(({ key, title }) => [`g ${key}`, title] as const),
  ['?', 'These keys'],
  ['Esc', 'Close, or leave the search'],
]

/** Between the two keys of a chord, on a busy machine, too. */
const CHORD_MS = 2_500

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('input, select, textarea, dialog *')

/** Keys that work everywhere, except where somebody types. */
export function Keyboard(): null {
  const { router } = useApp()
  useEffect(() => {
    let goAtMs = Number.NEGATIVE_INFINITY
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && event.target instanceof HTMLInputElement) event.target.blur()
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      const isChord = event.timeStamp - goAtMs < CHORD_MS
      goAtMs = Number.NEGATIVE_INFINITY
      const view = isChord ? VIEWS.find(({ key }) => key === event.key) : undefined
      if (view !== undefined) router.go(pathOf(view.id))
      else if (event.key === 'g') goAtMs = event.timeStamp
      else if (event.key === '/') focusSearch(event)
      else if (event.key === '?') document.querySelector<HTMLElement>('[data-help]')?.click()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [router])
  return null
}

function focusSearch(event: KeyboardEvent): void {
  const box = document.querySelector<HTMLInputElement>('[data-search]')
  if (box === null) return
  event.preventDefault()
  box.focus()
  box.select()
}
