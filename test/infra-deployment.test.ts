/**
 * What a deployment sets up, evaluated for each way to deploy, against what the app reads and its tools need:
 * app settings, scopes, roles, URLs. Neither side can be changed without the other.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import * as z from 'zod'
import { endpoints } from '../functions/endpoints.ts'
import { deployments, isCurrent, stale } from '../infra/check/check.ts'
import { of } from '../infra/check/policies/policy.ts'
import type { Deployed, Deployment } from '../infra/check/snapshot.ts'
import { at } from '../infra/check/value.ts'
import permissions from '../infra/permissions.json' with { type: 'json' }
import { startFunctionApp } from '../local/function-app.ts'
import { freePort } from '../local/ports.ts'
import { clients, tenantId } from '../local/seed.ts'
import { graph } from '../shared/downstreams.ts'
import { downstreamsOf } from '../shared/mcp/define-endpoint.ts'
import { outgoing } from '../shared/outgoing.ts'
import { parseSettings, settingNames } from '../shared/settings.ts'
import { tableClient } from '../shared/token-cache/table-client.ts'
import { answered } from './support/answered.ts'

const downstreams = [graph, ...downstreamsOf(endpoints)]
/** What an operator has to set (`azd env set`) for APIs without a default. */
const saidByOperators = Object.fromEntries(
  downstreams
    .filter(({ definition }) => definition.baseUrl.byDefault === undefined)
    .map(({ definition }) => [definition.baseUrl.name, 'https://api.contoso.example']),
)

/** Read by the platform, not by the app. */
const platformSettings: Readonly<Record<string, string>> = {
  AzureWebJobsStorage__credential: 'the host’s storage, by identity',
  AzureWebJobsStorage__clientId: 'the host’s storage, by which identity',
  AzureWebJobsStorage__blobServiceUri: 'the host’s storage: its keys, leases of timers',
  AzureWebJobsStorage__tableServiceUri: 'the host’s storage: its diagnostic events',
  APPLICATIONINSIGHTS_CONNECTION_STRING: 'where the host sends logs',
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'as whom the host sends logs',
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: 'what the host lets through to the app',
  OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: 'as whom App Service Authentication signs people in',
}
/** Read by the app, and not for a deployment to set. */
const otherSettings: Readonly<Record<string, string>> = {
  ENTRA_CLIENT_CERTIFICATE: 'outside Azure, where there is no managed identity',
  ENTRA_CLIENT_SECRET: 'for local work: refused in Azure',
  TOKEN_CACHE_CONNECTION: 'for local work: Azurite',
  OAUTH_CLIENT_SECRET: 'for local work: refused in Azure',
  OAUTH_CLIENTS: 'optional: clients that cannot register themselves',
  ADMIN_KEY: 'optional: without it the host asks for its master key',
  RATE_LIMIT_PER_MINUTE: 'optional: 60',
  TOKEN_CACHE_KEYS: 'the old name of ENCRYPTION_KEYS',
  HTTPS_PROXY: 'optional: calls go straight',
  HTTP_PROXY: 'optional: calls go straight',
  NO_PROXY: 'optional: beside a proxy',
  PORT: 'for local work: the port of the local host',
  WEBSITE_HOSTNAME: 'set by Azure itself',
}

for (const [name, deployment] of deployments()) {
  // One test fails then (infra-check.test.ts); these would repeat it.
  suite(name, { skip: isCurrent() ? false : stale }, () => {
    const config = only(deployment, 'Microsoft.Web/sites/config', /\/appsettings$/)
    const asked = z.record(z.string(), z.string()).parse(config.properties)
    const settings = answered(asked)
    const api = only(deployment, 'Microsoft.Graph/applications', /^mcp-api-/)
    const client = only(deployment, 'Microsoft.Graph/applications', /^mcp-clients-/)

    test('every app setting is read, and none is missing', () => {
      const baseUrls = downstreams.map(({ definition }) => definition.baseUrl.name)
      const known = [...settingNames, ...new Set(baseUrls), ...Object.keys(platformSettings)]
      const expected = known.filter((setting) => !(setting in otherSettings)).sort()
      assert.deepEqual(Object.keys(settings).sort(), expected)
    })

    test('the app starts with them', () => {
      const { credential, tokenTable, publicBaseUrl } = read(settings)
      assert.equal(credential.kind, 'managed_identity')
      assert.ok(tokenTable)
      assert.match(publicBaseUrl, /^https:/)
    })

    test('the token cache’s table is the one that the template makes', () => {
      const { tokenTable, credential } = read(settings)
      assert.ok(tokenTable)
      const { name } = only(deployment, 'Microsoft.Storage/storageAccounts/tableServices/tables')
      const client = tableClient(tokenTable, credential, outgoing(undefined))
      assert.equal(client.tableName, name.split('/').at(-1))
    })

    test('the vault has the cache’s keys where the app reads them', () => {
      const { name } = only(deployment, 'Microsoft.KeyVault/vaults')
      assert.equal(
        asked.ENCRYPTION_KEYS,
        `[format('@Microsoft.KeyVault(SecretUri={0})', format('{0}secrets/token-cache-keys', reference('Microsoft.KeyVault/vaults/${name}').vaultUri))]`,
      )
    })

    test('scopes and roles have the ids of permissions.json', () => {
      assert.deepEqual(
        items(api, 'api.oauth2PermissionScopes').map(({ id, value, type }) => ({
          id,
          value,
          type,
        })),
        permissions.scopes.map(({ id, value, consent }) => {
          return { id, value, type: consent === 'user' ? 'User' : 'Admin' }
        }),
      )
      assert.deepEqual(
        items(api, 'appRoles')
          .map(({ id, value }) => ({ id, value }))
          .filter(({ value }) => value !== 'Mcp.Access'),
        permissions.appRoles.map(({ id, value }) => ({ id, value })),
      )
    })

    test('the API asks for its downstream permissions whose ids are known', () => {
      const wanted = downstreamsOf(endpoints).flatMap(({ definition: { appId, scopeId } }) =>
        appId ? [`${appId} ${scopeId} Scope`] : [],
      )
      const asked = items(api, 'requiredResourceAccess').flatMap(
        ({ resourceAppId, resourceAccess }) =>
          records.parse(resourceAccess).map(({ id, type }) => `${resourceAppId} ${id} ${type}`),
      )
      assert.deepEqual(asked.sort(), [...new Set(wanted)].sort())
    })

    test('the client registration asks for the scopes that a user may consent to', () => {
      const [{ resourceAppId, resourceAccess } = {}] = items(client, 'requiredResourceAccess')
      assert.equal(resourceAppId, asked.ENTRA_CLIENT_ID)
      const users = permissions.scopes.filter(({ consent }) => consent === 'user')
      assert.deepEqual(
        resourceAccess,
        users.map(({ id }) => ({ id, type: 'Scope' })),
      )
    })

    test('the prefix of every advertised scope is an identifier URI', () => {
      const { appIdUri, publicBaseUrl } = read(settings)
      const uris = words.parse(valueAt(api, 'identifierUris'))
      for (const endpoint of permissions.endpoints) {
        const prefix = appIdUri ?? `${publicBaseUrl}/mcp/${endpoint.name}`
        assert.ok(uris.includes(prefix), prefix)
      }
    })

    test('the consent callback is a redirect URI', () => {
      const { publicBaseUrl } = read(settings)
      const back = words.parse(valueAt(api, 'web.redirectUris'))
      assert.ok(back.includes(`${publicBaseUrl}/consent/callback`))
    })
  })
}

test('App Service Authentication leaves every route of the app alone', async (t) => {
  const prepare = () => {
    const environment = {
      ENTRA_TENANT_ID: tenantId,
      ENTRA_CLIENT_ID: clients.api.clientId,
      ENTRA_CLIENT_SECRET: clients.api.secret,
      // Nothing answers the requests of its start.
      ENTRA_AUTHORITY_HOST: 'http://127.0.0.1:9',
      GRAPH_BASE_URL: 'http://127.0.0.1:9',
    }
    Object.assign(process.env, saidByOperators, environment)
  }
  const port = await freePort()
  const host = await startFunctionApp({ port, adminKey: undefined, prepare, log: () => {} })
  t.after(() => host.close())
  const deployment = deployments().get('default') ?? assert.fail()
  const signIn = only(deployment, 'Microsoft.Web/sites/config', /\/authsettingsV2$/)
  const excluded = words.parse(valueAt(signIn, 'globalValidation.excludedPaths'))
  assert.ok(host.routes.length > 4)
  for (const { template } of host.routes) {
    // The root is registered as `/`.
    const path = `/${template.replace(/^\//, '')}`
    // A trailing `/*` is a whole folder; there is no other wildcard.
    const isExcluded = excluded.some((it) =>
      it.endsWith('/*') ? path.startsWith(it.slice(0, -1)) : path === it,
    )
    assert.ok(isExcluded, `${path} is none of ${excluded}`)
  }
})

suite('permissions.json', () => {
  test('has the endpoints, each with the scopes of its tools', () => {
    const defined = endpoints.map(({ name, tools }) => ({
      name,
      scopes: [...new Set(tools.flatMap(({ access }) => access.scopes.map(({ value }) => value)))],
    }))
    assert.deepEqual(permissions.endpoints, defined)
  })

  test('gives every scope and role an id of its own', () => {
    const ids = [...permissions.scopes, ...permissions.appRoles].map(({ id }) => z.guid().parse(id))
    assert.equal(new Set(ids).size, ids.length)
  })
})

const words = z.array(z.string())
const records = z.array(z.record(z.string(), z.unknown()))
const valueAt = (it: Deployed, path: string) => at(it, `properties.${path}`)[0]
const items = (it: Deployed, path: string) => records.parse(valueAt(it, path))

function only(deployment: Deployment, type: string, name?: RegExp): Deployed {
  const found = of(deployment, type, name)
  assert.equal(found.length, 1, type)
  return found[0] ?? assert.fail()
}

/** As the app does, in Azure, once the vault's reference is resolved. */
const read = (settings: Readonly<Record<string, string>>) =>
  parseSettings(
    {
      ...settings,
      ...saidByOperators,
      WEBSITE_SITE_NAME: 'func-mcp',
      ENCRYPTION_KEYS: JSON.stringify([
        { kid: '2026-11', key: randomBytes(32).toString('base64url') },
      ]),
    },
    downstreams,
  )
