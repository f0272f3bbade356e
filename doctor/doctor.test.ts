/**
 * The doctor against the app and both emulators: a correct stack has no finding, and each mistake has one, with the
 * person who can fix it and how.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, beforeEach, suite, test } from 'node:test'
import * as z from 'zod'
import { endpoints } from '../functions/endpoints.ts'
import { alice, armClientId, clients, graphClientId } from '../local/seed.ts'
import { type Downstream, defineDownstream, graph, setting } from '../shared/downstreams.ts'
import type { Caller } from '../shared/entra/caller.ts'
import type { FixedBy } from '../shared/failure.ts'
import { Secret } from '../shared/secret.ts'
import { type HostedProduct, startHostedProduct } from '../test/support/hosted-product.ts'
import { oauthSettings } from '../test/support/oauth.ts'
import type { Environment, Reference } from './check.ts'
import { exchangeCheck } from './checks/exchange.ts'
import { examine, type Looked } from './examine.ts'
import { reportLines } from './report.ts'
import { subjectOf } from './subject.ts'

const api = clients.api.clientId
const signIn = clients.signIn.clientId
const identity = 'd0000000-0000-4000-8000-00000000000a'
const randomTenant = '99999999-9999-4999-8999-999999999999'
const principal = 'd0000000-0000-4000-8000-00000000000b'

let host: HostedProduct
before(async () => {
  host = await startHostedProduct(oauthSettings)
})
after(() => host?.close())
beforeEach(() => host.reset())

/** A proxy between clients and the app, which answers itself or changes messages. */
type Front = (request: Request, pass: () => Promise<Response>) => Promise<Response> | Response

type Planted = {
  environment?: Environment
  /** Settings to leave out. */
  without?: string[]
  front?: Front
  references?: Reference[]
  /** Of the token by which the doctor reads Microsoft Graph. */
  administratorScopes?: string[]
}

function subject({ environment = {}, without = [], front, ...planted }: Planted = {}) {
  const { administratorScopes = ['Directory.AccessAsUser.All', 'Policy.Read.ConditionalAccess'] } =
    planted
  const token = (forgery: object) =>
    host.entra.admin.forgeToken({
      user: alice.oid,
      client: clients.public.clientId,
      ...forgery,
    })
  const all = Object.entries({ ...host.environment, ...environment })
  return subjectOf({
    ...{ origin: host.origin, endpoints, holdsCredential: true },
    publicClientId: clients.public.clientId,
    environment: async () => Object.fromEntries(all.filter(([name]) => !without.includes(name))),
    administrator: () => token({ resource: graphClientId, scopes: administratorScopes }),
    person: () => token({}),
    references: async () => planted.references ?? [],
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const pass = () => fetch(request)
      return front && new URL(request.url).origin === host.origin ? front(request, pass) : pass()
    },
  })
}

const found = (looked: readonly Looked[]) =>
  looked.flatMap(({ name, findings }) => findings.map((finding) => ({ check: name, ...finding })))

test('a token with another scope than requested is a finding', async () => {
  const sound = subject()
  const services = async () => {
    const { onBehalfOf, ...others } = await sound.services()
    const other = await host.entra.admin.forgeToken({
      ...{ user: alice.oid, client: api, resource: armClientId },
      scopes: ['user_impersonation'],
      claims: { scp: 'User_Impersonation' },
    })
    const token = new Secret('downstream token', other)
    return {
      ...others,
      onBehalfOf: async (...asked: Parameters<typeof onBehalfOf>) => {
        const held = await onBehalfOf(...asked)
        return asked[1].includes('management.azure.com') ? { ...held, token } : held
      },
    }
  }
  const found = await exchangeCheck.look(
    { ...sound, services, endpoints: endpoints.slice(0, 1) },
    () => {},
  )
  assert.deepEqual(
    found.map(({ seen, who }) => [seen, who]),
    [
      [
        'The exchange for https://management.azure.com/user_impersonation returned a token with scp User_Impersonation',
        'operator',
      ],
    ],
  )
})

const ordersApi = defineDownstream({
  ...{ name: 'Contoso Orders', resource: 'api://contoso-orders', scope: 'Orders.Read' },
  baseUrl: setting('ORDERS_BASE_URL'),
})
const audiences: [aud: string, downstream: Downstream, isFound: boolean][] = [
  [randomTenant, ordersApi, false],
  ['api://contoso-orders', ordersApi, false],
  ['https://graph.microsoft.com', ordersApi, true],
  [randomTenant, graph, true],
]
for (const [aud, downstream, isFound] of audiences) {
  const { name, scope } = downstream.definition
  test(`an audience ${aud} for ${name} is ${isFound ? 'a finding' : 'no finding'}`, async () => {
    const sound = subject()
    const forged = await host.entra.admin.forgeToken({
      ...{ user: alice.oid, client: api, resource: armClientId },
      ...{ scopes: ['user_impersonation'], claims: { aud, scp: scope } },
    })
    const token = new Secret('downstream token', forged)
    const services = async () => {
      const { onBehalfOf, ...others } = await sound.services()
      return {
        ...others,
        onBehalfOf: async (caller: Caller) => {
          const held = await onBehalfOf(caller, 'https://graph.microsoft.com/User.Read')
          return { ...held, token }
        },
      }
    }
    const own = endpoints.slice(0, 1).map((endpoint) => ({
      ...endpoint,
      tools: endpoint.tools.map((tool) => ({ ...tool, downstreams: [downstream] })),
    }))
    const looked = await exchangeCheck.look({ ...sound, services, endpoints: own }, () => {})
    assert.equal(looked.length, isFound ? 1 : 0, JSON.stringify(looked))
  })
}

test('a correct stack has no finding, and every check ran', async () => {
  const looked = await examine(subject())
  assert.deepEqual(found(looked), [])
  assert.deepEqual(
    looked.filter(({ notSeen }) => notSeen !== undefined),
    [],
  )
  assert.match(reportLines(host.origin, looked).at(-1) ?? '', /^Nothing wrong was found\.$/)
})

test('docs/doctor.md says what each check compares', async () => {
  const guide = readFileSync(new URL('../docs/doctor.md', import.meta.url), 'utf8')
  const rows = [...guide.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
  const looked = await examine(subject())
  assert.deepEqual(
    looked.map(({ name }) => name),
    rows,
  )
})

const path = (request: Request) => new URL(request.url).pathname
const isMetadata = (request: Request) => path(request).startsWith('/.well-known/oauth-protected')
const isCall = (request: Request) => path(request).startsWith('/mcp/') && request.method === 'POST'

const object = z.record(z.string(), z.unknown())

/** A JSON answer with some fields changed. */
const changed =
  (
    matches: (request: Request) => boolean,
    change: (json: Record<string, unknown>) => object,
  ): Front =>
  async (request, pass) => {
    const response = await pass()
    return matches(request) ? Response.json(change(object.parse(await response.json()))) : response
  }

/** An answer with a header changed; undefined removes it. */
const withHeader =
  (name: string, value: (before: string | null) => string | undefined): Front =>
  async (_request, pass) => {
    const { status, headers, body } = await pass()
    const all = new Headers(headers)
    const now = value(headers.get(name))
    all.delete(name)
    if (now !== undefined) all.set(name, now)
    return new Response(status === 204 ? null : body, { status, headers: all })
  }

const update = (patch: Parameters<HostedProduct['entra']['admin']['updateApp']>[1], app = api) => {
  host.entra.admin.updateApp(app, patch)
  return {}
}
const registered = () => {
  const app = host.entra.admin.state().apps.find(({ clientId }) => clientId === api)
  assert.ok(app)
  return app
}
const managed: Planted = {
  environment: { ENTRA_MANAGED_IDENTITY_CLIENT_ID: identity },
  without: ['ENTRA_CLIENT_SECRET', 'OAUTH_CLIENT_SECRET'],
}
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
const trust = (change: object = {}) => ({
  issuer: `${host.entra.origin}/${host.entra.tenantId}/v2.0`,
  subject: principal,
  audience: 'api://AzureADTokenExchange',
  ...change,
})
const health = (checks: object): Front =>
  changed(
    (request) => path(request) === '/healthz',
    (json) => ({ ...json, checks }),
  )

type Row = {
  what: string
  plant: () => Planted
  check: string
  who: FixedBy
  seen: RegExp
  how: RegExp
  /** Other checks that the same mistake makes complain. */
  also?: string[]
}

const rows: Row[] = [
  // Settings
  {
    what: 'a tenant id that is not a GUID',
    plant: () => ({ environment: { ENTRA_TENANT_ID: 'contoso' } }),
    ...{
      check: 'settings',
      who: 'operator',
      seen: /^ENTRA_TENANT_ID is not a GUID/,
      how: /restart/,
    },
  },
  {
    what: 'two credentials of the app',
    plant: () => ({ environment: { ENTRA_MANAGED_IDENTITY_CLIENT_ID: identity } }),
    ...{
      check: 'settings',
      who: 'operator',
      seen: /^Exactly one of ENTRA_MANAGED/,
      how: /restart/,
    },
  },
  {
    what: 'a reference to the vault that Azure has not resolved',
    plant: () => ({ environment: { ENCRYPTION_KEYS: '@Microsoft.KeyVault(SecretUri=x)' } }),
    ...{
      check: 'settings',
      who: 'operator',
      seen: /^ENCRYPTION_KEYS contains a reference/,
      how: /restart/,
    },
  },
  {
    what: 'no keys for the authorization server',
    plant: () => ({ without: ['ENCRYPTION_KEYS'] }),
    ...{ check: 'settings', who: 'operator', seen: /^ENCRYPTION_KEYS is missing/, how: /restart/ },
  },
  {
    what: 'the API as its own sign-in client',
    plant: () => ({ environment: { OAUTH_CLIENT_ID: api } }),
    ...{ check: 'settings', who: 'operator', seen: /AADSTS90009/, how: /restart/ },
  },
  {
    what: 'a setting under its old name',
    plant: () => ({
      environment: { TOKEN_CACHE_KEYS: oauthSettings.ENCRYPTION_KEYS },
      without: ['ENCRYPTION_KEYS'],
    }),
    ...{ check: 'settings', who: 'operator', seen: /TOKEN_CACHE_KEYS is now/, how: /restart/ },
  },
  {
    what: 'another public base URL',
    plant: () => ({ environment: { PUBLIC_BASE_URL: 'https://mcp.contoso.example' } }),
    ...{ check: 'settings', who: 'operator', seen: /PUBLIC_BASE_URL/, how: /CUSTOM_DOMAIN/ },
    also: ['metadata', 'authorization_server', 'registration'],
  },
  {
    what: 'another tenant',
    plant: () => ({ environment: { ENTRA_TENANT_ID: randomTenant } }),
    ...{ check: 'entra', who: 'operator', seen: /keys cannot be read/, how: /ENTRA_TENANT_ID/ },
    also: ['metadata', 'exchange'],
  },
  {
    what: 'a client id that the tenant does not know',
    plant: () => ({ environment: { ENTRA_CLIENT_ID: randomTenant } }),
    ...{
      check: 'registration',
      who: 'operator',
      seen: /no app registration/,
      how: /ENTRA_CLIENT_ID/,
    },
    also: ['exchange'],
  },
  {
    what: 'an allowed client that the tenant does not know',
    plant: () => ({
      environment: { ENTRA_ALLOWED_CLIENTS: `${randomTenant},${clients.public.clientId}` },
    }),
    ...{ check: 'clients', who: 'operator', seen: /does not know/, how: /az ad sp create/ },
  },
  {
    what: 'the public client missing from the allow-list',
    plant: () => ({ environment: { ENTRA_ALLOWED_CLIENTS: clients.confidential.clientId } }),
    ...{ check: 'clients', who: 'operator', seen: /not in ENTRA_ALLOWED_CLIENTS/, how: /add it/ },
    also: ['exchange'],
  },
  {
    what: 'a vault that the identity may not read',
    plant: () => ({ references: [{ setting: 'ADMIN_KEY', status: 'AccessToKeyVaultDenied' }] }),
    ...{
      check: 'key_vault_references',
      who: 'operator',
      seen: /ADMIN_KEY is not resolved/,
      how: /Key Vault Secrets User/,
    },
  },
  // Host
  {
    what: 'App Service Authentication in front of the metadata',
    plant: () => ({
      front: (request, pass) =>
        isMetadata(request)
          ? Response.json({ resource: host.origin, authorization_servers: [] })
          : pass(),
    }),
    ...{ check: 'metadata', who: 'operator', seen: /answered/, how: /excludedPaths/ },
  },
  {
    what: 'App Service Authentication in front of everything',
    plant: () => ({
      front: (request, pass) => (isCall(request) ? new Response(null, { status: 403 }) : pass()),
    }),
    ...{
      check: 'challenge',
      who: 'operator',
      seen: /without a token answered 403/,
      how: /AllowAnonymous/,
    },
    also: ['body_limit', 'cors', 'exchange'],
  },
  {
    what: 'a challenge that a gateway writes',
    plant: () => ({
      front: withHeader('www-authenticate', (it) =>
        it?.replace(/resource_metadata="[^"]*"/, 'realm="x"'),
      ),
    }),
    ...{ check: 'challenge', who: 'operator', seen: /names no metadata/, how: /WWW-Authenticate/ },
  },
  {
    what: 'bearer tokens that a gateway removes',
    plant: () => ({
      front: async (request, pass) => {
        if (!request.headers.has('authorization')) return pass()
        const headers = new Headers(request.headers)
        headers.delete('authorization')
        return fetch(new Request(request, { headers }))
      },
    }),
    ...{ check: 'challenge', who: 'operator', seen: /without error/, how: /Authorization header/ },
    also: ['exchange'],
  },
  {
    what: 'metadata that a gateway rewrites',
    plant: () => ({
      front: changed(isMetadata, (json) => ({ ...json, resource: `${json.resource}/` })),
    }),
    ...{ check: 'metadata', who: 'operator', seen: /^resource http\S+\/ at/, how: /rewrite/ },
  },
  {
    what: 'scopes of another version',
    plant: () => ({
      front: changed(isMetadata, (json) => ({ ...json, scopes_supported: ['old'] })),
    }),
    ...{ check: 'metadata', who: 'operator', seen: /scopes_supported old/, how: /azd deploy/ },
    also: ['challenge'],
  },
  {
    what: 'an endpoint that is not deployed',
    plant: () => ({
      front: (request, pass) =>
        path(request).includes('mcp/cost') ? new Response(null, { status: 404 }) : pass(),
    }),
    ...{ check: 'challenge', who: 'operator', seen: /\/mcp\/cost answered 404/, how: /azd deploy/ },
    also: ['metadata', 'body_limit', 'cors', 'exchange'],
  },
  {
    what: 'another version',
    plant: () => ({
      front: changed(
        (request) => path(request) === '/healthz',
        (json) => ({ ...json, version: '0.0.1' }),
      ),
    }),
    ...{ check: 'health', who: 'operator', seen: /0\.0\.1 is deployed/, how: /azd deploy/ },
  },
  {
    what: 'the page of the Functions host instead of ours',
    plant: () => ({
      front: (request, pass) =>
        path(request) === '/' ? new Response('<p>Your app is up and running.') : pass(),
    }),
    ...{
      check: 'health',
      who: 'operator',
      seen: /\/ answered 200, without the list of the endpoints/,
      how: /AzureWebJobsDisableHomepage/,
    },
  },
  {
    what: 'an app that does not answer',
    plant: () => ({
      front: () => {
        throw new TypeError('fetch failed')
      },
    }),
    ...{
      check: 'health',
      who: 'operator',
      seen: /No answer from .*fetch failed/,
      how: /npm start/,
    },
  },
  {
    what: 'a table without the role',
    plant: () => ({ front: health({ keys: 'ok', table: 'failed', credential: 'ok' }) }),
    ...{
      check: 'health',
      who: 'operator',
      seen: /"table": "failed"/,
      how: /Storage Table Data Contributor/,
    },
  },
  {
    what: 'a credential that Entra does not accept',
    plant: () => ({ front: health({ keys: 'ok', table: 'ok', credential: 'failed' }) }),
    ...{
      check: 'health',
      who: 'operator',
      seen: /"credential": "failed"/,
      how: /federated credential/,
    },
  },
  {
    what: 'a clock that is six minutes behind',
    plant: () => ({
      front: withHeader('date', () => new Date(Date.now() - 360_000).toUTCString()),
    }),
    ...{ check: 'entra', who: 'operator', seen: /3\d\d s behind/, how: /clock/ },
  },
  {
    what: 'a gateway that allows small bodies only',
    plant: () => ({
      front: async (request, pass) => {
        const { byteLength } = await request.clone().arrayBuffer()
        return byteLength > 100_000 ? new Response(null, { status: 413 }) : pass()
      },
    }),
    ...{
      check: 'body_limit',
      who: 'operator',
      seen: /1048576 bytes was answered with 413/,
      how: /2 MiB/,
    },
  },
  {
    what: 'CORS of the platform for any page',
    plant: () => ({ front: withHeader('access-control-allow-origin', () => '*') }),
    ...{ check: 'cors', who: 'operator', seen: /may read it \(\*\)/, how: /platform’s own CORS/ },
    also: [],
  },
  {
    what: 'CORS of the platform that hides the challenge',
    plant: () => ({ front: withHeader('access-control-expose-headers', () => undefined) }),
    ...{
      check: 'cors',
      who: 'operator',
      seen: /WWW-Authenticate may not be read/,
      how: /ALLOWED_ORIGINS/,
    },
  },
  {
    what: 'an issuer with a slash at the end',
    plant: () => ({
      front: changed(
        (request) => path(request) === '/.well-known/oauth-authorization-server',
        (json) => ({ ...json, issuer: `${json.issuer}/` }),
      ),
    }),
    ...{
      check: 'authorization_server',
      who: 'operator',
      seen: /^issuer ".*\/" at/,
      how: /PUBLIC_BASE_URL/,
    },
  },
  // Registration
  {
    what: 'v1.0 tokens',
    plant: () => update({ accessTokenVersion: 1 }),
    ...{
      check: 'registration',
      who: 'administrator',
      seen: /requestedAccessTokenVersion is 1/,
      how: /to 2/,
    },
    also: ['exchange'],
  },
  {
    what: 'an endpoint that is not an identifier URI',
    plant: () => update({ identifierUris: [] }),
    ...{
      check: 'registration',
      who: 'administrator',
      seen: /Identifier URIs: none/,
      how: /identifier URI/,
    },
  },
  {
    what: 'an identifier URI with a slash at the end',
    plant: () => update({ identifierUris: registered().identifierUris.map((uri) => `${uri}/`) }),
    ...{
      check: 'registration',
      who: 'administrator',
      seen: /Identifier URI http\S+\/$/,
      how: /identifier URI/,
    },
  },
  {
    what: 'a scope that was not registered',
    plant: () =>
      update({ scopes: registered().scopes.filter(({ value }) => value !== 'cost.read') }),
    ...{
      check: 'registration',
      who: 'administrator',
      seen: /No enabled scope cost\.read/,
      how: /add the scope/,
    },
  },
  {
    what: 'a scope for administrators that users may consent to',
    plant: () => update({ scopes: registered().scopes.map((it) => ({ ...it, adminOnly: false })) }),
    ...{
      check: 'registration',
      who: 'administrator',
      seen: /cost\.export may be consented to by users/,
      how: /who can consent/,
    },
  },
  {
    what: 'a role that was not registered',
    plant: () => update({ appRoles: [] }),
    ...{
      check: 'registration',
      who: 'administrator',
      seen: /No enabled app role Cost\.Exporter/,
      how: /App roles/,
    },
  },
  {
    what: 'no optional claim xms_cc',
    plant: () => update({ optionalClaims: ['idtyp'] }),
    ...{
      check: 'registration',
      who: 'administrator',
      seen: /optional claim xms_cc/,
      how: /Token configuration/,
    },
  },
  {
    what: 'guests refused without the claim that identifies them',
    plant: () => ({ environment: { ENTRA_GUESTS: 'refused' } }),
    ...{
      check: 'registration',
      who: 'administrator',
      seen: /optional claim acct/,
      how: /Token configuration/,
    },
    also: ['exchange'],
  },
  {
    what: 'no redirect URI for consent',
    plant: () => update({ redirectUris: [] }),
    ...{
      check: 'registration',
      who: 'administrator',
      seen: /Redirect URIs: none/,
      how: /redirect URI/,
    },
  },
  {
    what: 'a permission that the registration does not request',
    plant: () => update({ requires: [] }),
    ...{
      check: 'registration',
      who: 'administrator',
      seen: /user_impersonation of Azure Resource Manager/,
      how: /API permissions/,
    },
  },
  {
    what: 'a client that is pre-authorized for an administrators’ scope',
    plant: () =>
      update({ preAuthorized: [{ clientId: clients.public.clientId, scopes: ['cost.export'] }] }),
    ...{
      check: 'registration',
      who: 'administrator',
      seen: /pre-authorized for cost\.export/,
      how: /authorized client/,
    },
  },
  {
    what: 'a pre-authorized client that may not call',
    plant: () => ({
      ...update({
        preAuthorized: [{ clientId: clients.confidential.clientId, scopes: ['cost.read'] }],
      }),
      environment: { ENTRA_ALLOWED_CLIENTS: clients.public.clientId },
    }),
    ...{
      check: 'registration',
      who: 'operator',
      seen: /pre-authorized, and not in/,
      how: /ALLOWED_CLIENTS/,
    },
  },
  {
    what: 'a role that is not assigned',
    plant: () => {
      host.entra.admin.removeRoleAssignment({
        ...{ user: alice.oid, resource: api, role: 'Cost.Exporter' },
      })
      return {}
    },
    ...{
      check: 'assignments',
      who: 'administrator',
      seen: /Cost\.Exporter is not assigned to anyone/,
      how: /Users and groups/,
    },
  },
  {
    what: 'an authentication context that the tenant does not have',
    plant: () => ({ environment: { STEP_UP_AUTH_CONTEXT: 'c7' } }),
    ...{
      check: 'step_up',
      who: 'administrator',
      seen: /no authentication context c7/,
      how: /Authentication contexts: add c7/,
    },
  },
  {
    what: 'a secret that expires in ten days',
    plant: () => update({ secretsEnd: inDays(10) }),
    ...{
      check: 'federated_credential',
      who: 'administrator',
      seen: /last secret of .* expires on \d{4}-/,
      how: /add a secret/,
    },
  },
  {
    what: 'an expired secret',
    plant: () => update({ secretsEnd: inDays(-1) }),
    ...{
      check: 'federated_credential',
      who: 'administrator',
      seen: /last secret of .* expires on/,
      how: /add a secret/,
    },
    also: ['health', 'exchange'],
  },
  {
    what: 'no federated credential',
    plant: () => managed,
    ...{
      check: 'federated_credential',
      who: 'administrator',
      seen: /federated credentials: none/,
      how: /Federated credentials/,
    },
  },
  {
    what: 'a federated credential for another identity',
    plant: () => {
      for (const app of [api, signIn])
        update({ federatedCredentials: [trust({ subject: identity })] }, app)
      return managed
    },
    ...{
      check: 'federated_credential',
      who: 'administrator',
      seen: new RegExp(identity),
      how: /Federated credentials/,
    },
  },
  {
    what: 'the object id of a managed identity as its client id',
    plant: () => ({ ...managed, environment: { ENTRA_MANAGED_IDENTITY_CLIENT_ID: principal } }),
    ...{
      check: 'federated_credential',
      who: 'operator',
      seen: /no managed identity/,
      how: /not the object id/,
    },
  },
  {
    what: 'a sign-in registration without the federated credential',
    plant: () => {
      update({ federatedCredentials: [trust()] })
      return managed
    },
    ...{
      check: 'federated_credential',
      who: 'administrator',
      seen: /\(sign-in\)/,
      how: /Federated credentials/,
    },
  },
  {
    what: 'a sign-in registration without our callback',
    plant: () => update({ redirectUris: [`${host.origin}/callback`] }, signIn),
    ...{
      check: 'authorization_server',
      who: 'administrator',
      seen: /redirect URIs: .*\/callback/,
      how: /redirect URI/,
    },
  },
  {
    what: 'a public client registered as a web application',
    plant: () => update({ publicClient: false }, clients.public.clientId),
    ...{ check: 'clients', who: 'administrator', seen: /AADSTS7000218/, how: /Mobile and desktop/ },
  },
  // Consent
  {
    what: 'no consent to Azure Resource Manager',
    plant: () => {
      host.entra.admin.removeGrants({ client: api, resource: armClientId })
      return {}
    },
    ...{
      check: 'consent',
      who: 'administrator',
      seen: /No user has consented to .*user_impersonation/,
      how: /adminconsent\?/,
    },
    also: ['exchange'],
  },
  {
    what: 'a refused exchange for another endpoint’s API',
    plant: () => {
      host.entra.admin.removeGrants({ client: api, resource: graphClientId })
      return {}
    },
    ...{
      check: 'exchange',
      who: 'user',
      seen: /graph\.microsoft\.com\/User\.Read was refused: consent_required/,
      how: /docs\/refusals\.md/,
    },
    also: ['consent'],
  },
  {
    what: 'an administrators’ scope that no client was granted',
    plant: () => {
      for (const client of [clients.public.clientId, clients.confidential.clientId, signIn])
        host.entra.admin.removeGrants({ client, resource: api, user: alice.oid })
      return {}
    },
    ...{
      check: 'consent',
      who: 'administrator',
      seen: /granted cost\.export/,
      how: /admin consent/,
    },
  },
]

suite('mistakes', () => {
  for (const { what, plant, check, who, seen, how, also = [] } of rows) {
    test(`${what}: ${check} names the ${who}`, async () => {
      const looked = await examine(subject(plant()))
      const findings = found(looked)
      const shown = JSON.stringify(findings, null, 2)
      const named = findings.find((it) => it.check === check && seen.test(it.seen))
      assert.ok(named, shown)
      assert.equal(named.who, who)
      assert.match(named.how, how)
      const others = findings.filter((it) => it.check !== check && !also.includes(it.check))
      assert.deepEqual(others, [], 'no other check complains')
      assert.doesNotMatch(
        shown + reportLines(host.origin, looked).join(),
        /eyJ|secret-|local-api-secret/,
      )
    })
  }

  test('an authentication context in the tenant is no finding, nor is one that may not be read', async () => {
    const environment = { STEP_UP_AUTH_CONTEXT: 'c1' }
    const seen = await examine(subject({ environment }))
    assert.deepEqual(found(seen), [])
    assert.deepEqual(seen.find(({ name }) => name === 'step_up')?.notes, ['c1 is "Recent MFA".'])
    const administratorScopes = ['Directory.AccessAsUser.All']
    const unseen = await examine(subject({ environment, administratorScopes }))
    assert.deepEqual(found(unseen), [])
    assert.match(
      unseen.find(({ name }) => name === 'step_up')?.notSeen ?? '',
      /Policy\.Read\.ConditionalAccess.*c1 must exist/,
    )
  })

  test('a managed identity that both registrations trust is no finding', async () => {
    for (const app of [api, signIn]) update({ federatedCredentials: [trust()] }, app)
    assert.deepEqual(found(await examine(subject(managed))), [])
  })
})
