import { type DestinationStream, type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

export interface LogOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
  readonly format: 'json' | 'text'
}

/** Values that must never stand in a log. */
const SECRETS = [
  'password',
  'currentPassword',
  'token',
  'authorization',
  'req.headers.authorization',
  '*.password',
  '*.token',
]

/** Lines on standard output, or wherever the destination leads: fields first, then a constant message. */
export const createLog = ({ level, format }: LogOptions, destination?: DestinationStream): Logger => {
  const options = { level, base: null, redact: { paths: SECRETS, censor: '(hidden)' } }
  if (format === 'json') return destination === undefined ? pino(options) : pino(options, destination)
  const shape = { colorize: process.stdout.isTTY, translateTime: 'HH:MM:ss.l', sync: true }
  return pino(options, pretty(destination === undefined ? shape : { ...shape, destination }))
}
