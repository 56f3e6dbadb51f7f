import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { useApp } from '../state/app.ts'

/** Asks for an account. The token is kept for this tab, the password nowhere. */
export function LoginView(): VNode {
  const { client, session } = useApp()
  const [error, setError] = useState('')
  const [running, setRunning] = useState(false)
  const logIn = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    setRunning(true)
    try {
      session.signIn(await client.logIn(String(form.get('name')), String(form.get('password'))))
    } catch (failure) {
      setError((failure as Error).message)
      setRunning(false)
    }
  }
  return html`
    <main class="login">
      <form onSubmit=${logIn}>
        <h1>Grapevine</h1>
        <p class="quiet">${session.ended.value || 'Sign in with an account of this federation.'}</p>
        <label class="row">Account <input name="name" required autocomplete="username" autofocus maxlength="64" /></label>
        <label class="row">Password <input name="password" type="password" required autocomplete="current-password" maxlength="64" /></label>
        ${error !== '' && html`<p class="error" role="alert">${error}</p>`}
        <button type="submit" class="primary" disabled=${running}>Sign in</button>
      </form>
    </main>
  `
}
