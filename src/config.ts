/**
 * The process's options: one table, from which the command line, the environment, the files, `--help` and
 * docs/operations.md are read. It imports parsers and defaults of the edges, so that a value is checked where it is used.
 */
export { ConfigError } from './config/config-error.ts'
export { readConfigFile } from './config/files.ts'
export { envOf, flagOf, type Option } from './config/option.ts'
export { httpAddressOf, type Resolved, resolveOptions, type Sources } from './config/resolve.ts'
export { CONFIG_OPTION, OPTIONS, type OptionName, type Values } from './config/table.ts'
