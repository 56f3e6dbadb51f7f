import { type Answer, JSON_TYPE } from '../http/answer.ts'
import type { Route } from '../servicecomb/route.ts'
import { openApi } from './document.ts'
import { page } from './page.ts'

const HTML_TYPE = 'text/html; charset=utf-8'
/** The page has a style of its own and needs nothing else. */
const PAGE_HEADERS = { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" }

/** What describes all the other routes, and itself. Made when it is first asked for. */
export function openApiRoutes(others: readonly Route[], rbac: boolean): readonly Route[] {
  let made: Answer | undefined
  let shown: Answer | undefined
  const all = () => openApi([...others, ...routes], rbac)
  const routes: readonly Route[] = [
    {
      method: 'GET',
      path: '/openapi.json',
      guard: 'open',
      always: true,
      summary: 'Describes the API for programs',
      answer: { type: 'object' },
      handle: () => {
        made ??= { status: 200, type: JSON_TYPE, body: Buffer.from(JSON.stringify(all())) }
        return made
      },
    },
    {
      method: 'GET',
      path: '/docs',
      guard: 'open',
      always: true,
      summary: 'Describes the API for people',
      handle: () => {
        shown ??= { status: 200, type: HTML_TYPE, body: Buffer.from(page(all())), headers: PAGE_HEADERS }
        return shown
      },
    },
  ]
  return routes
}
