/** A configuration that cannot be used. Its message is the one line that ends the start. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}
