/** MCP SDK v2 as in its guides, with one MSAL client for all users and its cache. */
import { ConfidentialClientApplication } from '@azure/msal-node'
import { serve } from './sdk-server.ts'
import { armScope, authority, clientId, clientSecret, tenantId } from './settings.ts'

const { host } = new URL(authority)
const client = new ConfidentialClientApplication({
  auth: {
    ...{ clientId, clientSecret },
    // MSAL requires an https authority, but accepts http endpoints in its metadata.
    authority: `https://${host}/${tenantId}`,
    knownAuthorities: [host],
    authorityMetadata: JSON.stringify({
      issuer: `https://${host}/${tenantId}/v2.0`,
      authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
      token_endpoint: `${authority}/oauth2/v2.0/token`,
      jwks_uri: `${authority}/discovery/v2.0/keys`,
    }),
  },
})

serve(async (oboAssertion) => {
  const result = await client.acquireTokenOnBehalfOf({ oboAssertion, scopes: [armScope] })
  return result?.accessToken ?? ''
})
