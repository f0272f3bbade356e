/** The settings that turn the authorization server on, added to the local stack's. */
import { randomBytes } from 'node:crypto'
import { clients } from '../../local/seed.ts'

export const oauthSettings = {
  OAUTH_CLIENT_ID: clients.signIn.clientId,
  OAUTH_CLIENT_SECRET: clients.signIn.secret,
  ENCRYPTION_KEYS: JSON.stringify([{ kid: 'test', key: randomBytes(32).toString('base64url') }]),
}
