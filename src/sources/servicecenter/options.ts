export interface CenterAddresses {
  /** The cluster's name in this node's configuration. */
  readonly name: string
  /** HTTP(S) addresses, tried in order. */
  readonly urls: readonly string[]
}

export interface ServiceCenterOptions {
  readonly clusters: readonly CenterAddresses[]
  /** Between two dumps. */
  readonly intervalMs: number
  /** A file with a token of the center's RBAC, read anew for each dump. */
  readonly tokenFile: string | undefined
  /** Certificates that vouch for the center (PEM file); undefined: the public ones. */
  readonly caFile: string | undefined
  /** This node's own certificate and key for it (PEM files). */
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  /** The center's certificate is not looked at. */
  readonly insecure: boolean
}

export const DEFAULT_SERVICE_CENTER_OPTIONS: ServiceCenterOptions = {
  clusters: [],
  intervalMs: 30_000,
  tokenFile: undefined,
  caFile: undefined,
  certFile: undefined,
  keyFile: undefined,
  insecure: false,
}
