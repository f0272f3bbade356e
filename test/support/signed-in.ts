/** A person's whole way to tokens of the public client at the Entra emulator, saying yes on every page. */
import type { Entra } from '../../local/entra/server.ts'
import { clients } from '../../local/seed.ts'
import {
  authorizeUrl,
  type Form,
  redirectUri,
  type TokenAnswer,
  token,
  verifier,
} from './entra-client.ts'
import { signIn } from './sign-in.ts'

/** @param changes to the authorization request */
export async function signedInAs(
  entra: Entra,
  upn: string,
  changes: Form = {},
): Promise<TokenAnswer> {
  const back = await signIn(authorizeUrl(entra, changes), upn)
  return token(entra, {
    grant_type: 'authorization_code',
    client_id: clients.public.clientId,
    code: back.searchParams.get('code') ?? undefined,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  })
}
