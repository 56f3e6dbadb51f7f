import { DEFAULT_RBAC } from '../api/rbac/options.ts'
import { duration, flag, option, Refusal, text } from './option.ts'

const DAY_MS = 86_400_000

const TYPES = ['*', 'service', 'service/schema', 'governance', 'ops', 'config', 'account', 'role']

/** A slip would leave open what was meant to be closed. */
const parseTypes = (raw: string): readonly string[] => {
  const types = raw.split(',').map(each => each.trim())
  if (!types.every(each => TYPES.includes(each))) throw new Error()
  return types
}

const parseKie = (raw: string): string => {
  if (!/^https?:$/.test(URL.parse(raw)?.protocol ?? '')) throw new Error()
  return raw
}

/** Any text, but never in an error: it would end up in a log. */
const parseSecret = (raw: string): string => {
  if (raw === '') throw new Refusal('it is empty; leave it out, or say what is meant')
  return raw
}

/** Who may do what, and the rules for governance. */
export const RBAC = {
  rbacEnabled: flag({
    key: 'rbac.enable',
    fallback: DEFAULT_RBAC.enabled,
    doc: 'Whether requests need a token of an account.',
    keys: ['rbac_enabled'],
  }),
  rootPassword: text({
    key: 'rbac.rootPassword',
    value: 'PASSWORD',
    fallback: DEFAULT_RBAC.rootPassword,
    shown: 'none: nobody is root until somebody stores one',
    doc: "Password of this cluster's root until it is changed. Better in the environment, where no list of processes shows it.",
    envs: ['SC_INIT_ROOT_PASSWORD'],
    secret: true,
    parse: parseSecret,
  }),
  privateKeyFile: text({
    key: 'rbac.privateKeyFile',
    value: 'FILE',
    fallback: undefined,
    shown: 'made at the first start, and kept in --data',
    doc: 'RSA key in PEM form by which this node signs tokens.',
    keys: ['rbac_rsa_private_key_file'],
  }),
  rbacScope: option<readonly string[]>({
    key: 'rbac.scope',
    value: 'TYPE[,TYPE…]',
    fallback: DEFAULT_RBAC.scope,
    shown: '*',
    allowed: `${TYPES.join(', ')}, separated by commas`,
    doc: `Types of resources that need a token; *: all. Accounts and roles always do.`,
    parse: parseTypes,
  }),
  releaseAfterMs: duration({
    key: 'rbac.releaseLockAfter',
    fallbackMs: DEFAULT_RBAC.releaseAfterMs,
    minMs: 1_000,
    maxMs: DAY_MS,
    doc: 'How long an address is kept out that has given wrong passwords for an account.',
  }),
  retainMs: duration({
    key: 'rbac.retainLockHistoryFor',
    fallbackMs: DEFAULT_RBAC.retainMs,
    minMs: 1_000,
    maxMs: DAY_MS,
    doc: 'How long wrong passwords count.',
  }),
  kieEndpoint: text({
    key: 'gov.kie.endpoint',
    value: 'URL',
    fallback: '',
    allowed: 'a URL such as http://127.0.0.1:30110',
    doc: 'A KIE server that keeps the governance rules; without one the nodes keep them.',
    parse: parseKie,
  }),
}
