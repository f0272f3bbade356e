/**
 * Assembles the authorization server in front of Entra, for clients without a registration of their own in the tenant.
 * It signs people in with Microsoft through one registration (OAUTH_CLIENT_ID) and passes Entra's tokens on. The
 * MCP endpoints share only the pending challenges with it (challenges.ts).
 */
import type { EndpointDefinition } from '../mcp/define-endpoint.ts'
import { sealed } from '../sealed.ts'
import type { Services } from '../services.ts'
import type * as z from '../zod.ts'
import { type Authorize, authorize } from './authorize.ts'
import { browserContent, browserLife, browsers } from './browsers.ts'
import { type Callback, callback } from './callback.ts'
import { clientDocuments } from './client-document.ts'
import { oauthClients } from './clients.ts'
import { oauthEndpoint } from './endpoints.ts'
import { entraSignIn } from './entra-sign-in.ts'
import { refreshTokenLife } from './families.ts'
import { serverMetadata } from './metadata.ts'
import { type Registrations, registrationContent, registrations } from './registration.ts'
import { authorizationCode, codeLife, pendingConsent, pendingSignIn } from './sign-in.ts'
import { refreshTokenContent, type TokenEndpoint, tokenEndpoint } from './token.ts'

/** Seconds that a person has to decide, and then to sign in. */
const signInLife = 10 * 60

export type AuthorizationServer = {
  metadata: Record<string, unknown>
  authorize: Authorize
  callback: Callback
  register: Registrations['register']
  token: TokenEndpoint
}

/** @returns undefined without OAUTH_CLIENT_ID */
export function authorizationServer(
  services: Services,
  definitions: readonly EndpointDefinition[],
): AuthorizationServer | undefined {
  const { settings, authority, keys, validate, now, oauth } = services
  if (!oauth) return undefined
  const { publicBaseUrl: issuer } = settings
  const endpoints = definitions.map((definition) => oauthEndpoint(definition, settings))
  const seals = <Content>(purpose: string, schema: z.ZodType<Content>, life?: number) =>
    sealed({ seal: keys.seal(`oauth ${purpose}`), schema, life, now })

  const registered = registrations({ sealed: seals('client', registrationContent), now })
  const resolve = oauthClients({
    configured: oauth.clients,
    registrations: registered,
    documents: clientDocuments({ get: oauth.get }),
  })
  const browserOf = browsers({ sealed: seals('browser', browserContent, browserLife), now })
  const codes = seals('code', authorizationCode, codeLife)
  const states = seals('state', pendingSignIn, signInLife)
  const entra = entraSignIn({
    ...{ authority, states, endpoints, now },
    ...{ clientId: oauth.clientId, client: oauth.client, breaker: oauth.breaker },
    redirectUri: `${issuer}/oauth/callback`,
  })
  return {
    metadata: serverMetadata({ issuer, endpoints }),
    authorize: authorize({
      ...{ issuer, endpoints, resolve, browserOf },
      authorizationOrigin: new URL(authority.authorizationEndpoint).origin,
      pending: seals('consent', pendingConsent, signInLife),
      signInUrl: ({ hints, ...asked }) =>
        entra.url({ ...asked, claimsAdded: false, isSilent: hints.prompt === 'none' }, hints),
    }),
    callback: callback({ issuer, browserOf, states, codes, entra, challenges: oauth.challenges }),
    register: registered.register,
    token: tokenEndpoint({
      ...{ endpoints, resolve, codes, entra, validate },
      ...{ families: oauth.families, challenges: oauth.challenges },
      refreshTokens: seals('refresh token', refreshTokenContent, refreshTokenLife / 1000),
    }),
  }
}
