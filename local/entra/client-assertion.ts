/**
 * Verifies client assertions (RFC 7523 §2.2) of Entra's two kinds: signed with a certificate registered on the app, or
 * issued by this tenant to a managed identity that the app trusts by a federated credential. The emulator has no keys of
 * other issuers, so their tokens match no federated credential.
 */
import { X509Certificate } from 'node:crypto'
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  importX509,
  type JWTPayload,
  jwtVerify,
} from 'jose'
import type { AppRegistration } from '../seed.ts'
import { isoTime } from './clock.ts'
import { Refusal } from './errors.ts'
import { exchangeAudience } from './managed-identity.ts'
import type { Tenant } from './tenant.ts'

/** Seconds; MSAL rounds `nbf` up to a second past `iat`. */
const skew = 5 * 60

/**
 * `iss` tells the two kinds apart: a certificate's assertion is issued by the client itself.
 * @throws Refusal 50027, 70002x, 700211 to 700214 or 7002138
 */
export async function verifyClientAssertion(
  tenant: Tenant,
  app: AppRegistration,
  assertion: string,
): Promise<void> {
  const { iss } = decode(assertion)
  if (iss === app.clientId) await verifyCertificate(tenant, app, assertion)
  else await verifyFederated(tenant, app, assertion)
}

async function verifyCertificate(tenant: Tenant, app: AppRegistration, assertion: string) {
  const { alg, x5t, 'x5t#S256': x5tS256 } = decodeProtectedHeader(assertion)
  const pem = app.certificates.find((each) => {
    const { fingerprint, fingerprint256 } = new X509Certificate(each)
    return x5tS256 === base64url(fingerprint256) || x5t === base64url(fingerprint)
  })
  if (pem === undefined || (alg !== 'PS256' && alg !== 'RS256')) {
    throw new Refusal(700027, { reason: 'The key was not found.' })
  }
  const claims = await verified(tenant, assertion, async () =>
    jwtVerify(assertion, await importX509(pem, alg), {
      algorithms: [alg],
      clockTolerance: skew,
      currentDate: tenant.clock.date(),
      requiredClaims: ['exp'],
    }),
  )
  if (claims.aud !== tenant.tokenEndpoint) throw new Refusal(700023)
  if (claims.sub !== app.clientId) throw new Refusal(700021)
}

async function verifyFederated(tenant: Tenant, app: AppRegistration, assertion: string) {
  const { iss = '' } = decode(assertion)
  const byIssuer = app.federatedCredentials.filter(({ issuer }) => issuer === iss)
  if (iss !== tenant.issuer || byIssuer.length === 0) throw new Refusal(700211, { issuer: iss })

  const jwks = createLocalJWKSet({ keys: tenant.keys.published().map(({ jwk }) => jwk) })
  const { aud, sub = '' } = await verified(tenant, assertion, () =>
    jwtVerify(assertion, jwks, {
      algorithms: ['RS256'],
      clockTolerance: skew,
      currentDate: tenant.clock.date(),
      requiredClaims: ['exp'],
    }),
  )
  const audience = String(aud)
  // The token has the GUID of the exchange application; a credential must have its URI.
  const isExchange = audience === exchangeAudience.clientId
  const registered = isExchange ? exchangeAudience.uri : audience
  const byAudience = byIssuer.filter((each) => each.audience === registered)
  if (byAudience.length === 0) {
    throw isExchange
      ? new Refusal(700214, { audience: exchangeAudience.uri })
      : new Refusal(700212, { audience })
  }
  if (byAudience.some(({ subject }) => subject === sub)) return
  const differsInCase = byAudience.some(
    ({ subject }) => subject.toLowerCase() === sub.toLowerCase(),
  )
  throw new Refusal(differsInCase ? 7002138 : 700213, { subject: sub })
}

async function verified(
  { clock }: Tenant,
  assertion: string,
  verify: () => Promise<{ payload: JWTPayload }>,
): Promise<JWTPayload> {
  try {
    return (await verify()).payload
  } catch (error) {
    if (
      error instanceof errors.JWTExpired ||
      (error instanceof errors.JWTClaimValidationFailed && error.reason !== 'invalid')
    ) {
      const { nbf, exp } = decode(assertion)
      throw new Refusal(700024, {
        now: isoTime(clock.seconds()),
        notBefore: isoTime(nbf),
        expiry: isoTime(exp),
      })
    }
    throw new Refusal(700027, { reason: 'The key used is not the registered one.' })
  }
}

function decode(assertion: string): JWTPayload {
  try {
    decodeProtectedHeader(assertion)
    return decodeJwt(assertion)
  } catch {
    throw new Refusal(50027)
  }
}

const base64url = (fingerprint: string) =>
  Buffer.from(fingerprint.replaceAll(':', ''), 'hex').toString('base64url')
