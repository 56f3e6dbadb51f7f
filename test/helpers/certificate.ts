import { generateKeyPairSync, sign } from 'node:crypto'

export interface TestCertificate {
  /** PEM. */
  readonly cert: string
  /** PEM. */
  readonly key: string
}

const INTEGER = 0x02
const BITS = 0x03
const BYTES = 0x04
const OID = 0x06
const TEXT = 0x0c
const TIME = 0x17
const SEQUENCE = 0x30
const SET = 0x31

/** One element of a certificate (ASN.1, DER). */
function der(tag: number, ...parts: readonly (Buffer | readonly number[] | string)[]): Buffer {
  const body = Buffer.concat(parts.map(part => Buffer.from(part as string)))
  const { length } = body
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), body])
}

const ED25519 = der(SEQUENCE, der(OID, [0x2b, 0x65, 0x70]))
const COMMON_NAME = der(OID, [0x55, 0x04, 0x03])
const ALTERNATIVE_NAMES = der(OID, [0x55, 0x1d, 0x11])
const CONSTRAINTS = der(OID, [0x55, 0x1d, 0x13])
const TRUE = [0x01, 0x01, 0xff]
const LOOPBACK = [0x87, 4, 127, 0, 0, 1]

/** A certificate for 127.0.0.1 that vouches for itself. */
export function testCertificate(commonName: string): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(TEXT, commonName))))
  const extensions = der(
    SEQUENCE,
    der(SEQUENCE, ALTERNATIVE_NAMES, der(BYTES, der(SEQUENCE, LOOPBACK))),
    der(SEQUENCE, CONSTRAINTS, TRUE, der(BYTES, der(SEQUENCE, TRUE))),
  )
  const content = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, [2])),
    der(INTEGER, [1]),
    ED25519,
    name,
    der(SEQUENCE, der(TIME, '200101000000Z'), der(TIME, '491231235959Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  )
  const signed = der(SEQUENCE, content, ED25519, der(BITS, [0], sign(null, content, privateKey)))
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? []
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
