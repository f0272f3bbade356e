/**
 * The configured keys (`ENCRYPTION_KEYS`) and what is made with them: sealed text and HMACs. Each purpose gets keys of
 * its own (HKDF, RFC 5869), so that text made for one purpose means nothing to another. The newest key seals and signs;
 * every configured key opens and verifies, so keys can be rotated while the app runs.
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
import type { EncryptionKey } from './settings.ts'

export type EncryptionKeys = {
  seal: (purpose: string) => Seal
  mac: (purpose: string) => Mac
  /** The same under one key alone, newest first: for what instances with other keys have to read. */
  each: readonly Omit<EncryptionKeys, 'each'>[]
}

/** Compact JWE (RFC 7516: `dir`, `A256GCM`). */
export type Seal = {
  /** `context`: what has to be the same when the text is opened. It stands in the header, in clear. */
  close: (content: string, context?: readonly string[]) => string
  /** @throws Error with a reason, which holds nothing of the content */
  open: (sealed: string, context?: readonly string[]) => string
}

/** HMAC-SHA256 of a list of values, 43 characters of base64url: safe in URLs and as a table key. */
export type Mac = {
  sign: (values: readonly unknown[]) => string
  /** Compares in constant time. */
  verify: (values: readonly unknown[], signature: string) => boolean
  /** Under each key, newest first: instances may know different keys while they are rotated. */
  all: (values: readonly unknown[]) => readonly string[]
}

/** `configured`: newest first; when empty, a random key that ends with this process. */
export function encryptionKeys(configured: readonly EncryptionKey[]): EncryptionKeys {
  const [newest = processKey(), ...others] = configured
  return {
    ...ring([newest, ...others]),
    each: [newest, ...others].map((key) => ring([key])),
  }
}

type Ring = Omit<EncryptionKeys, 'each'>

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

/** Made once for each purpose, as a KeyObject: from bytes, each use would cost five times as much. */
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

/** Says everything that a text is bound to: compared as a whole, never parsed. */
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
