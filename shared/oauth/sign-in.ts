/**
 * A sign-in under way, as it travels through the browser: sealed, and stored nowhere. First in the consent page's
 * form, then in the `state` that goes to Entra, at last in the code that goes to the client.
 */
import { hash } from 'node:crypto'
import * as z from '../zod.ts'

/** SHA-256, base64url: what a sign-in is bound to, since an id may be a thousand characters long. */
export const clientHash = (clientId: string): string => hash('sha256', clientId, 'base64url')

const asked = {
  clientHash: z.string(),
  redirectUri: z.string(),
  /** The client's own. */
  state: z.string().optional(),
  codeChallenge: z.string(),
  /** Name of the endpoint. */
  endpoint: z.string(),
  /** Short. */
  scopes: z.array(z.string()),
  /** Id of the browser that it was begun in. */
  browser: z.string(),
}

/** What the client passes through to Entra's page. */
const hints = z.object({
  prompt: z.string().optional(),
  login_hint: z.string().optional(),
  domain_hint: z.string().optional(),
  claims: z.string().optional(),
})
export type Hints = z.output<typeof hints>

export const pendingConsent = z.object({ ...asked, hints })
export type PendingConsent = z.output<typeof pendingConsent>

/** Of our own sign-in at Entra: proof key (RFC 7636) and nonce (OpenID Connect Core §3.1.2.1). */
const proofs = { verifier: z.string(), nonce: z.string() }

export const pendingSignIn = z.object({
  ...asked,
  ...proofs,
  /** Whether the demands on this user have been added already. */
  demandsAdded: z.boolean(),
  /** `prompt=none`: the person must not see a page. */
  isSilent: z.boolean(),
})
export type PendingSignIn = z.output<typeof pendingSignIn>

/** Seconds. */
export const codeLife = 60

export const authorizationCode = z.object({ ...asked, ...proofs, entraCode: z.string() })
export type AuthorizationCode = z.output<typeof authorizationCode>
