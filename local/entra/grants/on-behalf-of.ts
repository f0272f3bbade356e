/**
 * Entra's On-Behalf-Of: the JWT bearer grant (RFC 7523 §2.1) with `requested_token_use=on_behalf_of`. The assertion is a
 * user's access token for the app that presents it.
 */
import { createLocalJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose'
import type { AppRegistration } from '../../seed.ts'
import { isoTime } from '../clock.ts'
import { Refusal } from '../errors.ts'
import { sessionBehind } from '../session.ts'
import type { Tenant } from '../tenant.ts'
import { respondForUser, type TokenRequest, type TokenResponse } from '../token-response.ts'

/**
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
 * @throws Refusal 50013, 50027, 500131 or 500133 for a bad assertion, 7000114 for an app-only one
 */
export async function onBehalfOf(tenant: Tenant, request: TokenRequest): Promise<TokenResponse> {
  const { parameters, client } = request
  if (client.proof === '0') throw new Refusal(7000218)
  if (parameters.required('requested_token_use') !== 'on_behalf_of') throw new Refusal(9002313)

  const assertion = await verifySignature(tenant, parameters.required('assertion'))
  const { aud, scp, oid } = assertion
  checkAudience(client.app, aud)
  if (typeof scp !== 'string' || typeof oid !== 'string') {
    throw new Refusal(7000114, { client: client.app.clientId })
  }
  return respondForUser(tenant, request, {
    user: oid,
    scope: parameters.required('scope'),
    session: sessionBehind(tenant, assertion),
  })
}

async function verifySignature(tenant: Tenant, assertion: string): Promise<JWTPayload> {
  const { keys, clock, issuer, tenantId } = tenant
  const jwks = createLocalJWKSet({ keys: keys.published().map(({ jwk }) => jwk) })
  try {
    const { payload } = await jwtVerify(assertion, jwks, {
      algorithms: ['RS256'],
      issuer: [issuer, `https://sts.windows.net/${tenantId}/`],
      currentDate: clock.date(),
      requiredClaims: ['exp'],
    })
    return payload
  } catch (error) {
    if (error instanceof errors.JWTExpired || isTooEarly(error)) {
      const { exp } = decodeJwt(assertion)
      throw new Refusal(500133, { now: isoTime(clock.seconds()), expiry: isoTime(exp) })
    }
    if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) {
      throw new Refusal(50027)
    }
    throw new Refusal(50013, { reason: reasonOf(error) })
  }
}

/** `aud` is the client id in v2 tokens, the requested identifier URI in v1 tokens. */
function checkAudience(app: AppRegistration, aud: JWTPayload['aud']) {
  const audience = String(aud)
  if (audience === app.clientId) return
  if (app.accessTokenVersion === 1 && app.identifierUris.includes(audience)) return
  const { clientId, name } = app
  throw new Refusal(500131, { audience, expected: clientId, client: clientId, name })
}

const isTooEarly = (error: unknown) =>
  error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf'

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWKSNoMatchingKey) return 'The key was not found.'
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `The claim '${error.claim}' is not valid.`
  }
  return 'Key was found, but use of the key to verify the signature failed.'
}
