import { parseVersionRule } from '../../../core/version-rule.ts'
import type { Rule } from '../shape/rule.ts'
import { list, struct, text } from '../shape/shape.ts'
import { APP_ID, ENVIRONMENT, NAME, VERSION } from './patterns.ts'

/** A version, a rule or nothing: kept for older clients, every version is meant. */
const VERSIONS: Rule = {
  max: 128,
  pattern: {
    text: "the form x[.y[.z]] or x[.y[.z]]+ or x[.y[.z]]-x[.y[.z]] or 'latest' where x y and z are 0-32767 range",
    test: value => value === '' || parseVersionRule(value) !== undefined,
  },
}

const name = text({ min: 1, max: 128, pattern: NAME })
const environment = text({ pattern: ENVIRONMENT })

const consumer = struct(
  'MicroServiceKey',
  { environment, appId: text(APP_ID), serviceName: name, version: text({ min: 1, max: 64, pattern: VERSION }) },
  { min: 1 },
)

const provider = struct('MicroServiceKey', {
  environment,
  appId: text({ max: 160, pattern: NAME }),
  serviceName: name,
  version: text(VERSIONS),
})

const request = (name: string, providersMin: number) =>
  struct(name, {
    dependencies: list(
      struct('ConsumerDependency', {
        consumer,
        providers: list(provider, providersMin > 0 ? { min: providersMin } : {}),
      }),
      { min: 1, max: 100 },
    ),
  })

/** POST /dependencies. */
export const addDependencies = request('AddDependenciesRequest', 1)

/** PUT /dependencies: none clears. */
export const putDependencies = request('CreateDependenciesRequest', 0)
