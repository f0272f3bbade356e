/**
 * The tenant's signing keys: two or more are published, one signs. Each start makes new ones; scripts rotate and
 * withdraw them.
 */
import { randomBytes } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose'

export type SigningKey = {
  kid: string
  privateKey: CryptoKey
  publicKey: CryptoKey
  /** As published: without `alg`, like Entra's. */
  jwk: JWK
}

export type Keys = {
  /** The key that signs. */
  current(): SigningKey
  /** The key that signed before it; undefined when withdrawn. */
  previous(): SigningKey | undefined
  /** Newest first. */
  published(): SigningKey[]
  /** Signs with a new key from now on; older keys stay published unless withdrawn. */
  rotate(options: { withdraw: boolean }): Promise<void>
}

/** Begins with two published keys. */
export async function createKeys(): Promise<Keys> {
  const [first, second] = await Promise.all([createKey(), createKey()])
  let current = first
  let older = [second]
  return {
    current: () => current,
    previous: () => older[0],
    published: () => [current, ...older],
    async rotate({ withdraw }) {
      const next = await createKey()
      older = withdraw ? [] : [current, ...older]
      current = next
    },
  }
}

/** An unpublished key. */
export async function createKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const kid = randomBytes(20).toString('base64url')
  const jwk = { ...(await exportJWK(publicKey)), use: 'sig', kid, x5t: kid }
  return { kid, privateKey, publicKey, jwk }
}
