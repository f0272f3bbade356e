/**
 * What Foundry does with a connection when a person consents ("OAuth identity passthrough"): the authorization code
 * flow of a confidential client without PKCE and without `resource` (new-foundry-portal#109, #63), then refreshes.
 */
import type { Entra } from '../../../local/entra/server.ts'
import type { User } from '../../../local/seed.ts'
import { encode, type TokenAnswer, token } from '../entra-client.ts'
import { signIn } from '../sign-in.ts'
import type { StoredConnection } from './arm.ts'

/** @throws with Entra's answer when the sign-in ends in an error */
export async function passThrough(
  entra: Entra,
  connection: StoredConnection,
  user: User,
): Promise<TokenAnswer> {
  const url = new URL(connection.authorizationUrl)
  url.search = encode({
    client_id: connection.credentials.clientId,
    response_type: 'code',
    redirect_uri: connection.redirectUrl,
    scope: connection.scopes.join(' '),
    state: 'state-1',
  }).toString()
  const back = await signIn(url, user.upn)
  const code = back.searchParams.get('code')
  if (code === null) throw new Error(back.searchParams.get('error_description') ?? back.href)
  return token(entra, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: connection.redirectUrl,
    ...proof(connection),
  })
}

export const refresh = (
  entra: Entra,
  connection: StoredConnection,
  refreshToken: string | undefined,
): Promise<TokenAnswer> =>
  token(entra, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    scope: connection.scopes.join(' '),
    ...proof(connection),
  })

const proof = ({ credentials }: StoredConnection) => ({
  client_id: credentials.clientId,
  client_secret: credentials.clientSecret,
})
