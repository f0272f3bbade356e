/**
 * Seals text and computes HMACs with the configured keys (`ENCRYPTION_KEYS`). Each purpose derives its own keys (HKDF,
 * RFC 5869), so text made for one purpose is invalid for another. The newest key seals and signs; every configured key
 * opens and verifies, so keys can be rotated while the app runs.
 *
 * Both use node:crypto, which does this in the calling thread: 10 µs for a token, where WebCrypto (jose) takes 100.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { Secret } from './secret.ts'
import type { EncryptionKey } from './setting-values.ts'

export type EncryptionKeys = Ring & {
  /** The same with a single key each, newest first: for values that instances with other keys have to read. */
  each: readonly Ring[]
}
type Ring = {
  seal: (purpose: string) => Seal
  mac: (purpose: string) => Mac
}

/** Compact JWE (RFC 7516: `dir`, `A256GCM`). */
export type Seal = {
  /** `context`: must be the same when the text is opened. It is in the header, in clear text. */
  close: (content: string, context?: readonly string[]) => string
  /** @throws Error whose message contains nothing of the content */
  open: (sealed: string, context?: readonly string[]) => string
}

/** HMAC-SHA256 of a list of values, 43 characters of base64url: safe in URLs and as a table key. */
export type Mac = {
  sign: (values: readonly unknown[]) => string
  /** Compares in constant time. */
  verify: (values: readonly unknown[], signature: string) => boolean
  /** One for each key, newest first: instances may have different keys during a rotation. */
  all: (values: readonly unknown[]) => readonly string[]
}

/** `configured`: newest first; if empty, a random key that lasts as long as this process. */
export function encryptionKeys(configured: readonly EncryptionKey[]): EncryptionKeys {
  const [newest = processKey(), ...others] = configured
  return { ...ring([newest, ...others]), each: [newest, ...others].map((key) => ring([key])) }
}

const ring = ([newest, ...others]: readonly [EncryptionKey, ...EncryptionKey[]]): Ring => {
  const deriveAll = (purpose: string): [DerivedKey, ...DerivedKey[]] => [
    derive(newest, purpose),
    ...others.map((it) => derive(it, purpose)),
  ]
  return {
    seal: (purpose) => seal(deriveAll(purpose)),
    mac: (purpose) => mac(deriveAll(purpose)),
  }
}

/** Derived once for each purpose, as a KeyObject: with raw bytes each use would cost five times as much. */
function derive({ kid, key }: EncryptionKey, purpose: string): DerivedKey {
  const bytes = Buffer.from(key.reveal(), 'base64url')
  return { kid, key: createSecretKey(Buffer.from(hkdfSync('sha256', bytes, '', purpose, 32))) }
}

const processKey = (): EncryptionKey => ({
  kid: 'process',
  key: new Secret('encryption key', randomBytes(32).toString('base64url')),
})

type DerivedKey = { kid: string; key: KeyObject }

const algorithm = 'aes-256-gcm'
const tag = { authTagLength: 16 }

/** Everything that a text is bound to: compared as a whole, never parsed. */
const headerOf = (kid: string, context: readonly string[]) =>
  base64url(
    JSON.stringify({ alg: 'dir', enc: 'A256GCM', kid, ...(context.length > 0 && { context }) }),
  )

function seal(keys: readonly [DerivedKey, ...DerivedKey[]]): Seal {
  return {
    close(content, context = []) {
      const [{ kid, key }] = keys
      const header = headerOf(kid, context)
      const iv = randomBytes(12)
      const cipher = createCipheriv(algorithm, key, iv, tag).setAAD(Buffer.from(header))
      const text = Buffer.concat([cipher.update(content, 'utf8'), cipher.final()])
      return [header, '', ...[iv, text, cipher.getAuthTag()].map(base64url)].join('.')
    },
    open(sealed, context = []) {
      const [header = '', wrappedKey, ...parts] = sealed.split('.')
      const known = keys.find(({ kid }) => headerOf(kid, context) === header)
      if (!known) throw new Error('sealed with another key, or for another context')
      const [iv, text, authTag, more] = parts.map(exactBytes)
      if (wrappedKey !== '' || iv?.length !== 12 || !text || authTag?.length !== 16 || more) {
        throw new Error('not a sealed text')
      }
      const decipher = createDecipheriv(algorithm, known.key, iv, tag)
        .setAAD(Buffer.from(header))
        .setAuthTag(authTag)
      return decipher.update(text, undefined, 'utf8') + decipher.final('utf8')
    },
  }
}

const base64url = (content: string | Buffer) => Buffer.from(content).toString('base64url')

/** Decoders ignore spare bits and unknown characters (RFC 4648 §3.5), which would hide an edit. */
function exactBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  if (base64url(bytes) !== text) throw new Error('not as it was written')
  return bytes
}

function mac(keys: readonly [DerivedKey, ...DerivedKey[]]): Mac {
  const all = (values: readonly unknown[]) => {
    const text = JSON.stringify(values)
    return keys.map(({ key }) => createHmac('sha256', key).update(text).digest('base64url'))
  }
  return {
    sign: (values) => all(values).slice(0, 1).join(),
    verify: (values, signature) => all(values).some((it) => isSame(it, signature)),
    all,
  }
}

function isSame(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)]
  return one.length === other.length && timingSafeEqual(one, other)
}
