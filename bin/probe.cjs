/**
 * For health checks that have no HTTP client, or no certificate to show: exits 0 when URL answers 200, otherwise 1 with a
 * sentence. Whose certificate answers does not matter: it asks this machine.
 *   node bin/probe.cjs URL [CERTIFICATE KEY]      both PEM files
 */
'use strict'
const { readFileSync } = require('node:fs')

const TIMEOUT_MS = 3_000

const fail = message => {
  console.error(`probe: ${message}`)
  process.exit(1)
}

const [url, certificate, key] = process.argv.slice(2)
if (!/^https?:\/\//.test(url ?? '')) fail('give the URL to ask, such as http://127.0.0.1:30100/grapevine/v1/ready')

const { get } = require(url.startsWith('https:') ? 'node:https' : 'node:http')
const shown = certificate && key ? { cert: readFileSync(certificate), key: readFileSync(key) } : {}
get(url, { ...shown, rejectUnauthorized: false, timeout: TIMEOUT_MS }, ({ statusCode }) => {
  if (statusCode === 200) process.exit(0)
  fail(`answered ${statusCode}`)
})
  .on('timeout', () => fail(`no answer within ${TIMEOUT_MS} ms`))
  .on('error', error => fail(error.message))
