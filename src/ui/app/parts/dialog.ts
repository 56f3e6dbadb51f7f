import { html } from 'htm/preact'
import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { Icon } from './icons.ts'

/** A modal dialog: the browser keeps the focus inside and gives it back, and Escape closes it. */
export function Dialog(props: {
  readonly title: string
  readonly onClose: () => void
  readonly children?: ComponentChildren
}): VNode {
  const element = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    element.current?.showModal()
  }, [])
  const onBackdrop = (event: Event): void => {
    if (event.target === element.current) props.onClose()
  }
  return html`
    <dialog ref=${element} aria-labelledby=${id} onClose=${props.onClose} onClick=${onBackdrop}>
      <div class="dialog">
        <header>
          <h2 id=${id}>${props.title}</h2>
          <button type="button" class="bare" onClick=${props.onClose} aria-label="Close"><${Icon} name="close" /></button>
        </header>
        ${props.children}
      </div>
    </dialog>
  `
}

/** Asks before something is done, and says what follows from it. `action` is what the button says. */
export function Confirm(props: {
  readonly title: string
  readonly action: string
  readonly isHarmful: boolean
  readonly onConfirm: () => Promise<void>
  readonly onClose: () => void
  readonly children?: ComponentChildren
}): VNode {
  const [running, setRunning] = useState(false)
  const [error, setError] = useState('')
  const run = async (event: Event): Promise<void> => {
    event.preventDefault()
    setRunning(true)
    try {
      await props.onConfirm()
      props.onClose()
    } catch (failure) {
      setError((failure as Error).message)
      setRunning(false)
    }
  }
  return html`
    <${Dialog} title=${props.title} onClose=${props.onClose}>
      <form onSubmit=${run}>
        <div class="dialog-text">${props.children}</div>
        ${error !== '' && html`<p class="error" role="alert">${error}</p>`}
        <div class="dialog-actions">
          <button type="button" onClick=${props.onClose}>Cancel</button>
          <button type="submit" class=${props.isHarmful ? 'harmful' : 'primary'} disabled=${running}>${props.action}</button>
        </div>
      </form>
    <//>
  `
}
