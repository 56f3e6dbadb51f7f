import { type ExportRule, parseExportRule } from './export-rule.ts'
import { ANNOTATION, type KubeService } from './objects.ts'

/** What the annotations of a Service say, as far as they can be used. */
export interface Wishes {
  readonly register: boolean
  readonly name: string | undefined
  readonly app: string | undefined
  readonly version: string | undefined
  readonly environment: string | undefined
  /** Schemes of endpoints: by name or number of the port, `*` for all others. */
  readonly protocols: ReadonlyMap<string, string>
  readonly allowCrossApp: boolean
  readonly weight: string | undefined
  readonly export: ExportRule | undefined
  /** Sentences about what cannot be used. */
  readonly faults: readonly string[]
}

const NAME = /^[A-Za-z0-9]$|^[A-Za-z0-9][A-Za-z0-9_.-]{0,126}[A-Za-z0-9]$/
const VERSION = /^\d{1,5}(\.\d{1,5}){0,3}$/
const ENVIRONMENTS = new Set(['', 'development', 'testing', 'acceptance', 'production'])
const SCHEME = /^[a-z][a-z0-9+.-]{0,31}$/
const WEIGHT = /^\d{1,6}$/
const VERSION_PART_MAX = 32_767

/** Annotations first, then the labels that the reference reads. */
export function wishesOf({ annotations, labels }: Pick<KubeService, 'annotations' | 'labels'>): Wishes {
  const faults: string[] = []
  const take = (name: string, isFit: (value: string) => boolean, allowed: string): string | undefined => {
    const annotated = annotations[ANNOTATION + name]
    const value = annotated ?? labels[name]
    if (value === undefined || isFit(value)) return value
    faults.push(`${annotated === undefined ? 'label' : 'annotation'} ${name}=${JSON.stringify(value)}: ${allowed}`)
    return undefined
  }
  return {
    register: annotations[`${ANNOTATION}register`]?.toLowerCase() !== 'false',
    name: take('name', value => NAME.test(value), 'use at most 128 of A-Z a-z 0-9 _ - .'),
    app: take('app', value => NAME.test(value), 'use at most 128 of A-Z a-z 0-9 _ - .'),
    version: take('version', isVersion, 'use one to four numbers of at most 32767, such as 1.0.0')?.replace(/^v/, ''),
    environment: take(
      'environment',
      value => ENVIRONMENTS.has(value),
      'use development, testing, acceptance, production',
    ),
    protocols: protocolsOf(annotations[`${ANNOTATION}protocol`] ?? '', faults),
    allowCrossApp: annotations[`${ANNOTATION}allow-cross-app`]?.toLowerCase() === 'true',
    weight: take('weight', value => WEIGHT.test(value), 'use a whole number of at most six digits'),
    export: exportOf(annotations[`${ANNOTATION}export`], faults),
    faults,
  }
}

/** `v1.2.3`, as many write it, counts as `1.2.3`. */
const isVersion = (value: string): boolean => {
  const bare = value.replace(/^v/, '')
  return VERSION.test(bare) && bare.split('.').every(part => Number(part) <= VERSION_PART_MAX)
}

/** `highway`, or `http=rest,grpc=highway,9090=grpc`: port names or numbers and the schemes of their endpoints. */
function protocolsOf(text: string, faults: string[]): ReadonlyMap<string, string> {
  const protocols = new Map<string, string>()
  for (const item of text.split(',').map(each => each.trim())) {
    if (item === '') continue
    const [port, scheme] = item.includes('=') ? item.split('=', 2) : ['*', item]
    if (port !== undefined && scheme !== undefined && SCHEME.test(scheme)) protocols.set(port, scheme)
    else faults.push(`annotation protocol: ${JSON.stringify(item)}: use PORT=SCHEME, such as http=rest`)
  }
  return protocols
}

function exportOf(text: string | undefined, faults: string[]): ExportRule | undefined {
  if (text === undefined) return undefined
  try {
    return parseExportRule(text)
  } catch (error) {
    faults.push(`annotation export: ${(error as Error).message}`)
    return undefined
  }
}

/** The weight that a Pod says, over its Service's. */
export const weightOf = (annotations: Readonly<Record<string, string>>): string | undefined => {
  const weight = annotations[`${ANNOTATION}weight`]
  return weight !== undefined && WEIGHT.test(weight) ? weight : undefined
}
