/**
 * Parses a certificate with its private key from an app setting (`ENTRA_CLIENT_CERTIFICATE`, PEM). Restores newlines
 * that were escaped or lost, since base64 leaves no doubt where they were. Any other problem is reported with its cure
 * and without the value.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { Secret } from './secret.ts'

export type ClientCertificate = {
  /** SHA-256 of the certificate, hex. */
  thumbprintSha256: string
  /** PEM: the certificate that belongs to the key, then its chain. */
  chain: string
  /** PKCS #8, PEM. */
  privateKey: Secret<'client credential'>
}

/** Returns a sentence that continues after the setting's name if the text contains no usable certificate. */
export function parseClientCertificate(text: string): ClientCertificate | string {
  const blocks = pemBlocks(text)
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'))
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE')
  if (blocks.length === 0 && isPfx(text)) return problems.pfx
  if (isEncrypted(text)) return problems.encrypted
  if (keys.length !== 1 || certificates.length === 0) return problems.incomplete

  const privateKey = attempt(() => createPrivateKey(keys.map(({ pem }) => pem).join()))
  if (!privateKey) return problems.unreadableKey
  if (privateKey.asymmetricKeyType !== 'rsa') return problems.notRsa
  const read = certificates.map(({ pem }) => attempt(() => new X509Certificate(pem)))
  if (read.includes(undefined)) return problems.unreadableCertificate
  const chain = read.flatMap((it) => it ?? [])
  const own = chain.find((it) => it.checkPrivateKey(privateKey))
  return own ? clientCertificate(own, chain, privateKey) : problems.mismatch
}

const problems = {
  incomplete:
    'must contain a PEM certificate and its private key: both blocks, from -----BEGIN to END-----',
  pfx: 'contains a PFX (PKCS #12), the default of Key Vault: create the certificate with the content type application/x-pem-file, or convert it (openssl pkcs12 -in it.pfx -nodes)',
  encrypted:
    'contains an encrypted private key: store it without a passphrase (openssl pkey -in key.pem)',
  unreadableKey:
    'contains a private key that cannot be parsed: paste the PEM file again, unchanged',
  unreadableCertificate:
    'contains a certificate that cannot be parsed: paste the PEM file again, unchanged',
  notRsa:
    'contains a key that is not RSA, which Microsoft Entra does not accept: create an RSA key',
  mismatch:
    'contains a certificate and a private key that do not belong together: paste both from the same file',
}

function clientCertificate(
  own: X509Certificate,
  all: readonly X509Certificate[],
  key: KeyObject,
): ClientCertificate {
  const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  return {
    thumbprintSha256: own.fingerprint256.replaceAll(':', ''),
    chain: [own, ...all.filter((it) => it !== own)].map(String).join(''),
    privateKey: new Secret('client credential', privateKey),
  }
}

/** RFC 7468. Text between blocks is a comment. */
const pemBlocks = (text: string) =>
  [...text.replaceAll(/\\r|\\n/g, '\n').matchAll(block)].map(([, label = '', content = '']) => {
    const lines = content.replaceAll(/\s/g, '').match(/.{1,64}/g) ?? []
    return { label, pem: `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n` }
  })
const block = /-----BEGIN ([A-Z ]+)-----([^-]*)-----END \1-----/g

/** PKCS #8's label, or the header of RFC 1421 §4.6 in an older file. */
const isEncrypted = (text: string) =>
  /BEGIN ENCRYPTED PRIVATE KEY|Proc-Type:\s*4,\s*ENCRYPTED/.test(text)

/** RFC 7292 §4: a DER (or BER) sequence that begins with the integer 3. */
function isPfx(text: string): boolean {
  const bytes = Buffer.from(text, 'base64').subarray(0, 9)
  return bytes[0] === 0x30 && bytes.includes(Buffer.from([0x02, 0x01, 0x03]))
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}
