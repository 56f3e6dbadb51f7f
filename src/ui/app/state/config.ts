/** What the page says before anything is asked. */
export interface PageConfig {
  readonly version: string
  readonly rbac: boolean
}

export function readConfig(page: Document): PageConfig {
  const content = page.querySelector('meta[name=grapevine]')?.getAttribute('content') ?? '{}'
  const { version = '', rbac = false } = JSON.parse(content) as Partial<PageConfig>
  return { version, rbac }
}
