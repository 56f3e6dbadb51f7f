import { choice, duration, flag, text } from './option.ts'

const file = (key: string, shown: string | undefined, doc: string) =>
  text({ key, value: 'FILE', fallback: undefined, shown, doc })

/** HTTPS on the port of the REST API, by the original's names and files. */
export const TLS = {
  sslMode: flag({
    key: 'ssl.mode',
    fallback: false,
    doc: 'Whether the REST API speaks HTTPS, and nothing else, on its port.',
    keys: ['ssl.enable', 'ssl_mode'],
  }),
  sslDir: text({
    key: 'ssl.dir',
    value: 'DIR',
    fallback: '.',
    doc: 'Directory of the files that are not named one by one.',
    envs: ['SSL_ROOT'],
  }),
  sslCertFile: file('ssl.certFile', 'server.cer in --ssl-dir', 'Certificate in PEM form, with what leads to its root.'),
  sslKeyFile: file('ssl.keyFile', 'server_key.pem in --ssl-dir', 'Its private key in PEM form.'),
  sslKeyPasswordFile: file('ssl.keyPasswordFile', 'cert_pwd in --ssl-dir, if it is there', 'What decrypts the key.'),
  sslTrustFile: file('ssl.trustFile', 'trust.cer in --ssl-dir', 'Certificates that vouch for clients.'),
  sslVerifyClient: flag({
    key: 'ssl.verifyClient',
    fallback: false,
    doc: 'Whether clients need a certificate.',
    keys: ['ssl_verify_client'],
  }),
  sslMinVersion: choice({
    key: 'ssl.minVersion',
    choices: ['TLSv1.2', 'TLSv1.3'],
    fallback: 'TLSv1.2',
    doc: 'Oldest version of TLS.',
    keys: ['ssl_min_version'],
  }),
  sslReloadMs: duration({
    key: 'ssl.reload',
    fallbackMs: 10_000,
    minMs: 100,
    maxMs: 86_400_000,
    doc: 'How often the files are looked at: a changed certificate is used without a restart.',
  }),
}
