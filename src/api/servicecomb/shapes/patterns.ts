import { isVersion } from '../../../core/version-rule.ts'
import { type Pattern, pattern, type Rule } from '../shape/rule.ts'

/** Go's `\S`: anything but ASCII white space. */
const SOME_INK = /[^\t\n\f\r ]/
/** Without NUL, which parts names within the catalog. */
const INK_ONLY = /^[^\0\t\n\f\r ]*$/

export const NAME = pattern(/^[a-zA-Z0-9]*$|^[a-zA-Z0-9][a-zA-Z0-9_\-.]*[a-zA-Z0-9]$/)
export const NAME_OR_ALIAS = pattern(/^[a-zA-Z0-9]*$|^[a-zA-Z0-9][a-zA-Z0-9_\-.:]*[a-zA-Z0-9]$/)
export const ALIAS = pattern(/^[a-zA-Z0-9_\-.:]*$/)
export const NO_SPACE = pattern(INK_ONLY, String.raw`^\S*$`)
export const NOT_BLANK = pattern(SOME_INK, String.raw`\S+`)
export const SCHEMA_ID_DECLARED = pattern(/^[a-zA-Z0-9]{1,160}$|^[a-zA-Z0-9][a-zA-Z0-9_\-.]{0,158}[a-zA-Z0-9]$/)
export const SCHEMA_ID = pattern(/^[a-zA-Z0-9]+$|^[a-zA-Z0-9][a-zA-Z0-9_\-.]*[a-zA-Z0-9]$/)
export const SUMMARY = pattern(/^[a-zA-Z0-9]*$/)
export const SIMPLE_NAME = pattern(/^[A-Za-z0-9_.-]+$/)
export const SIMPLE_NAME_OR_EMPTY = pattern(/^[A-Za-z0-9_.-]*$/)
export const TAG = pattern(/^[a-zA-Z][a-zA-Z0-9_\-.]{0,63}$/)
export const URL_PATH = pattern(
  /^[A-Za-z0-9.,?'\\/+&amp;%$#=~_\-@{}]*$/,
  String.raw`^[A-Za-z0-9.,?'\\/+&amp;%$#=~_\-@{}]*$`,
)

/** Each at most once: the reference also takes `developmenttesting`, by a slip in its pattern. */
export const ENVIRONMENT = pattern(
  /^(development|testing|acceptance|production)?$/,
  '^(development|testing|acceptance|production)*$',
)
export const REGISTER_BY = pattern(/^(SDK|SIDECAR|PLATFORM)?$/, '^(SDK|SIDECAR|PLATFORM)*$')
export const LEVEL = pattern(/^(FRONT|MIDDLE|BACK)$/)
export const SERVICE_STATUS = pattern(/^(UP|DOWN)?$/)
export const INSTANCE_STATUS = pattern(/^(UP|DOWN|STARTING|TESTING|OUTOFSERVICE)$/)
export const INSTANCE_STATUS_OR_EMPTY = pattern(/^(UP|DOWN|STARTING|TESTING|OUTOFSERVICE)?$/)
export const HEALTH_MODE = pattern(/^(push|pull)$/)

export const VERSION: Pattern = {
  text: 'the form x[.y[.z]] where x y and z are 0-32767 range',
  source: String.raw`^\d+(\.\d+){0,3}$`,
  test: value => value === '' || isVersion(value),
}

export const SERVICE_ID: Rule = { min: 1, max: 64, pattern: NO_SPACE }
export const INSTANCE_ID: Rule = { min: 1, max: 64, pattern: SIMPLE_NAME_OR_EMPTY }
export const CONSUMER_ID: Rule = { max: 64, pattern: NO_SPACE }
export const APP_ID: Rule = { min: 1, max: 160, pattern: NAME }
/** A name, or an alias qualified by an application. */
export const SEARCHED_NAME: Rule = { min: 1, max: 160 + 1 + 128, pattern: NAME_OR_ALIAS }
