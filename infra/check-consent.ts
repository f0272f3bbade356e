/**
 * `npm run check:consent`: asks Microsoft Graph whether the tenant has consented to what the endpoints' tools need.
 * Runs as the administrator who is signed in with `az login` and uses no credential of the app. The app is the one in
 * azd's environment or, without azd, in local.settings.json; environment variables win. Exits with 1 when a scope has
 * no consent at all, or when the check was not possible.
 */
import { AzureCliCredential } from '@azure/identity'
import { endpoints } from '../functions/endpoints.ts'
import { readSettingsFile } from '../local/settings-file.ts'
import { orExplain } from '../local/stop.ts'
import { graph } from '../shared/downstreams.ts'
import { tenantAuthority } from '../shared/entra/authority.ts'
import { adminConsentLink } from '../shared/entra/consent.ts'
import { consentLines, consentReport } from '../shared/entra/consent-report.ts'
import { downstreamsOf } from '../shared/mcp/define-endpoint.ts'
import { parseSettings } from '../shared/settings.ts'
import { defaultValuesFile, readValues } from './foundry/arguments.ts'

await orExplain(async () => {
  const downstreams = [graph, ...downstreamsOf(endpoints)]
  const settings = parseSettings(await environmentOf(downstreams), downstreams)
  const { tenantId, clientId, publicBaseUrl } = settings
  const administrator = new AzureCliCredential({ tenantId })
  const look = consentReport({
    ...{ clientId, fetch },
    async token(scope) {
      const token = await administrator.getToken(scope).catch(() => null)
      if (token) return token.token
      throw new Error('no account is signed in')
    },
    graphBaseUrl: graph.baseUrl(settings),
    graphResource: graph.resource(settings),
  })
  const found = await look(downstreamsOf(endpoints).map(({ scope }) => scope(settings)))
  const adminLink = adminConsentLink({
    authority: tenantAuthority(settings.authorityHost, tenantId),
    clientId,
    redirectUri: `${publicBaseUrl}/consent/callback`,
  })
  const toLook = `Sign in as an administrator: az login --tenant ${tenantId}.`
  const lines = consentLines(found, { adminLink, toLook })
  console.log(
    lines.join('\n') || `Consent is granted: ${found.map(({ scope }) => scope).join(', ')}`,
  )
  const isFine = found.every(({ consented }) => ['everyone', 'some'].includes(consented))
  process.exit(isFine ? 0 : 1)
})

/** The app settings that the check needs. None is secret. */
async function environmentOf(
  downstreams: readonly { definition: { baseUrl: { name: string } } }[],
) {
  const file = await defaultValuesFile()
  const given = {
    ...(file ? await deployed(file) : await readSettingsFile('local.settings.json')),
    ...process.env,
  }
  const names = [
    ...['ENTRA_TENANT_ID', 'ENTRA_CLIENT_ID', 'ENTRA_AUTHORITY_HOST', 'PUBLIC_BASE_URL'],
    ...downstreams.map(({ definition }) => definition.baseUrl.name),
  ]
  return {
    ...Object.fromEntries(names.map((name) => [name, given[name]])),
    // The settings require a credential; this check never uses it.
    ENTRA_MANAGED_IDENTITY_CLIENT_ID: '00000000-0000-0000-0000-000000000000',
  }
}

async function deployed(file: string): Promise<Record<string, string | undefined>> {
  const { tenantId, apiClientId, issuer, endpoints } = await readValues(file)
  return {
    ENTRA_TENANT_ID: tenantId,
    ENTRA_CLIENT_ID: apiClientId,
    ENTRA_AUTHORITY_HOST: new URL(issuer).origin,
    PUBLIC_BASE_URL: endpoints[0] && new URL(endpoints[0].url).origin,
  }
}
