/**
 * The data of a sign-in in progress, which travels sealed through the browser and is stored nowhere: in the form of the
 * consent page, then in the `state` for Entra, then in the code for the client.
 */
import { hash } from 'node:crypto'
import * as z from '../zod.ts'

/** SHA-256, base64url: sign-ins contain it instead of the id, which may have 1,000 characters. */
export const clientHash = (clientId: string): string => hash('sha256', clientId, 'base64url')

const asked = {
  clientHash: z.string(),
  redirectUri: z.string(),
  /** The client's own. */
  state: z.string().optional(),
  codeChallenge: z.string(),
  /** Name of the endpoint. */
  endpoint: z.string(),
  /** Short names, as in `scp`. */
  scopes: z.array(z.string()),
  /** Id of the browser in which it began. */
  browser: z.string(),
}

/** Parameters that the client passes on to Entra's page. */
const hints = z.object({
  prompt: z.string().optional(),
  login_hint: z.string().optional(),
  domain_hint: z.string().optional(),
  claims: z.string().optional(),
})
export type Hints = z.output<typeof hints>

/** While the person reads the consent page. */
export const pendingConsent = z.object({ ...asked, hints })
export type PendingConsent = z.output<typeof pendingConsent>

/** Of our own sign-in at Entra: proof key (RFC 7636) and nonce (OpenID Connect Core §3.1.2.1). */
const proofs = { verifier: z.string(), nonce: z.string() }

/** While the person signs in at Entra. */
export const pendingSignIn = z.object({
  ...asked,
  ...proofs,
  /** Whether the claims of a pending challenge have been added. */
  claimsAdded: z.boolean(),
  /** `prompt=none`: the person must not see a page. */
  isSilent: z.boolean(),
})
export type PendingSignIn = z.output<typeof pendingSignIn>

/** Seconds. */
export const codeLife = 60

/** Our code for the client, which wraps the code of Entra. */
export const authorizationCode = z.object({ ...asked, ...proofs, entraCode: z.string() })
export type AuthorizationCode = z.output<typeof authorizationCode>
