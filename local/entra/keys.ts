/**
 * The tenant's signing keys: always several are published, one signs. They are made anew on every start, and
 * rotated or withdrawn by a script. Says nothing of what is signed.
 */
import { randomBytes } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose'

export type SigningKey = {
  kid: string
  privateKey: CryptoKey
  publicKey: CryptoKey
  /** As published; like Entra's, without `alg`. */
  jwk: JWK
}

export type Keys = {
  /** The one that signs. */
  current(): SigningKey
  /** The one that signed before; undefined when withdrawn. */
  previous(): SigningKey | undefined
  /** All that are published, newest first. */
  published(): SigningKey[]
  /** A new key signs from now on; the older ones stay published unless withdrawn. */
  rotate(options: { withdraw: boolean }): Promise<void>
}

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
