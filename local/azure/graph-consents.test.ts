/** What an application may read of the tenant's consent in Graph, and who may not: real MSAL against both emulators. */
import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import * as z from 'zod'
import { errorOf } from '../../test/support/azure.ts'
import { appOrigin } from '../../test/support/entra-client.ts'
import { msal } from '../../test/support/msal.ts'
import { startEntra } from '../entra/server.ts'
import {
  alice,
  armClientId,
  bob,
  clients,
  directory,
  graphClientId,
  subscriptions,
} from '../seed.ts'
import { startAzure } from './server.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
const azure = await startAzure({
  port: 0,
  directory: directory(appOrigin),
  entraOrigin: entra.origin,
  subscriptions,
})
after(() => azure.close())
beforeEach(() => {
  entra.admin.reset()
  azure.admin.reset()
})

const ours = clients.api.clientId
const read = async (path: string) => {
  const scopes = ['https://graph.microsoft.com/.default']
  const token = await msal(entra).acquireTokenByClientCredential({ scopes })
  const url = path.startsWith('http') ? path : `${azure.graph}/v1.0/${path}`
  return fetch(url, { headers: { authorization: `Bearer ${token?.accessToken}` } })
}
const entity = z.looseObject({ id: z.string() })
const page = z.looseObject({
  value: z.array(z.record(z.string(), z.unknown())),
  '@odata.nextLink': z.string().optional(),
})
const list = async (path: string) => page.parse(await (await read(path)).json())
const principal = async (appId: string) => {
  const { value } = await list(`servicePrincipals?$filter=appId eq '${appId}'`)
  return entity.parse(value[0])
}

test('an app registration is read with its federated credentials', async () => {
  const credential = { issuer: 'https://issuer', subject: 'principal', audience: 'exchange' }
  entra.admin.updateApp(ours, {
    federatedCredentials: [credential],
    preAuthorized: [{ clientId: clients.public.clientId, scopes: ['cost.read'] }],
  })
  const { value } = await list(`applications?$filter=appId eq '${ours}'`)
  const { id, api, web } = z
    .looseObject({
      id: z.string(),
      api: z.looseObject({
        oauth2PermissionScopes: z.array(z.looseObject({ id: z.string(), value: z.string() })),
      }),
    })
    .parse(value[0])
  const readScope = api.oauth2PermissionScopes.find(({ value }) => value === 'cost.read')
  assert.deepEqual(api.preAuthorizedApplications, [
    { appId: clients.public.clientId, delegatedPermissionIds: [readScope?.id] },
  ])
  assert.deepEqual(web, { redirectUris: [`${appOrigin}/consent/callback`] })
  const credentials = await list(`applications/${id}/federatedIdentityCredentials`)
  const { issuer, subject, audience } = credential
  const [found] = credentials.value
  assert.deepEqual(
    { issuer: found?.issuer, subject: found?.subject, audiences: found?.audiences },
    { issuer, subject, audiences: [audience] },
  )
})

test('service principals are found by appId, with the selected properties', async () => {
  const { value } = await list(
    `servicePrincipals?$filter=appId eq '${ours}' or appId eq '${armClientId}'&$select=appId,displayName`,
  )
  assert.deepEqual(value, [
    { appId: ours, displayName: 'Contoso MCP servers' },
    { appId: armClientId, displayName: 'Windows Azure Service Management API' },
  ])
  const { oauth2PermissionScopes } = await principal(ours)
  const scopes = z
    .array(z.object({ value: z.string(), type: z.string() }))
    .parse(oauth2PermissionScopes)
  assert.deepEqual(scopes.slice(0, 2), [
    { value: 'cost.read', type: 'User' },
    { value: 'cost.export', type: 'Admin' },
  ])
})

test('delegated grants are current, for all users and for single ones', async () => {
  const { id: clientId } = await principal(ours)
  const { id: resourceId } = await principal(armClientId)
  const path = `oauth2PermissionGrants?$filter=clientId eq '${clientId}' and resourceId eq '${resourceId}'`
  const [forAll] = (await list(path)).value
  const { id, ...grant } = entity.parse(forAll)
  assert.deepEqual(grant, {
    clientId,
    consentType: 'AllPrincipals',
    principalId: null,
    resourceId,
    scope: 'user_impersonation',
  })
  entra.admin.removeGrants({ client: ours, resource: armClientId })
  assert.deepEqual((await list(path)).value, [])
  const scopes = ['user_impersonation']
  entra.admin.putGrant({ client: ours, resource: armClientId, scopes, user: bob.oid })
  const [forBob] = (await list(path)).value
  assert.deepEqual([forBob?.consentType, forBob?.principalId], ['Principal', bob.oid])
})

test('long lists come in pages', async () => {
  const all = (await list('oauth2PermissionGrants')).value
  azure.admin.change({ pageSize: 4 })
  const first = await list('oauth2PermissionGrants?$select=id')
  const second = await list(first['@odata.nextLink'] ?? '')
  assert.deepEqual(
    [...first.value, ...second.value],
    all.map(({ id }) => ({ id })),
  )
  assert.equal(second['@odata.nextLink'], undefined)
})

test('the users with an application’s role are listed, or none', async () => {
  const { id, appRoles } = await principal(ours)
  const roles = z.array(z.looseObject({ id: z.string(), value: z.string() })).parse(appRoles)
  const holders = async () => {
    const { value } = await list(`servicePrincipals/${id}/appRoleAssignedTo`)
    return value.map(({ principalId, appRoleId }) => [
      principalId,
      roles.find((role) => role.id === appRoleId)?.value,
    ])
  }
  assert.ok(
    (await holders()).some(([user, role]) => user === alice.oid && role === 'Cost.Exporter'),
  )
  for (const role of ['Cost.Exporter', 'Phone.Editor'])
    entra.admin.removeRoleAssignment({ user: alice.oid, resource: ours, role })
  assert.deepEqual(await holders(), [])
})

test('authentication contexts need their own permission', async () => {
  const path = 'identity/conditionalAccess/authenticationContextClassReferences'
  assert.equal((await read(path)).status, 403)
  const role = 'Policy.Read.ConditionalAccess'
  entra.admin.updateApp(graphClientId, { appRoles: [...graphRoles(), role] })
  entra.admin.putApplicationRole({ client: ours, resource: graphClientId, role })
  assert.deepEqual((await list(path)).value, [
    { id: 'c1', displayName: 'Recent MFA', description: null, isAvailable: true },
  ])
})
const graphRoles = () =>
  entra.admin.state().apps.find(({ clientId }) => clientId === graphClientId)?.appRoles ?? []

test('an application’s own app roles can be looked up', async () => {
  const { id } = await principal(ours)
  const { id: resourceId, appRoles } = await principal(graphClientId)
  const roles = z.array(z.looseObject({ id: z.string(), value: z.string() })).parse(appRoles)
  const { value } = await list(`servicePrincipals/${id}/appRoleAssignments`)
  assert.deepEqual(
    value.map((each) => [each.resourceId, roles.find((role) => role.id === each.appRoleId)?.value]),
    [
      [resourceId, 'Application.Read.All'],
      [resourceId, 'DelegatedPermissionGrant.Read.All'],
    ],
  )
})

suite('Graph refuses', () => {
  const role = (name: string) => ({ client: ours, resource: graphClientId, role: name })
  const rows: [string, string, string][] = [
    ['service principals', 'servicePrincipals', 'Application.Read.All'],
    ['grants', 'oauth2PermissionGrants', 'DelegatedPermissionGrant.Read.All'],
  ]
  for (const [what, path, needed] of rows) {
    test(`${what} without ${needed}`, async () => {
      entra.admin.removeApplicationRole(role(needed))
      const refused = await read(path)
      assert.equal(refused.status, 403)
      assert.equal((await errorOf(refused)).code, 'Authorization_RequestDenied')
      entra.admin.putApplicationRole(role('Directory.Read.All'))
      assert.equal((await read(path)).status, 200)
    })
  }

  test('a user', async () => {
    const scopes = ['https://graph.microsoft.com/User.Read']
    const user = alice.upn
    const oboAssertion = await entra.admin.forgeToken({ user, client: clients.public.clientId })
    const result = await msal(entra).acquireTokenOnBehalfOf({ oboAssertion, scopes })
    const headers = { authorization: `Bearer ${result?.accessToken}` }
    const refused = await fetch(`${azure.graph}/v1.0/servicePrincipals`, { headers })
    assert.equal(refused.status, 403)
  })

  test('an application that reads a user’s own data', async () => {
    assert.equal((await read('me')).status, 403)
  })
})

const mistakes: [string, number][] = [
  ["servicePrincipals?$filter=shoeSize eq '44'", 400],
  ['servicePrincipals?$filter=appId', 400],
  ['servicePrincipals?$select=shoeSize', 400],
  ['servicePrincipals/nobody/appRoleAssignments', 404],
  ['devices', 404],
]
for (const [path, status] of mistakes) {
  test(`${path} is answered with ${status}`, async () => {
    assert.equal((await read(path)).status, status)
  })
}

test('faults work there, too', async () => {
  azure.admin.fail({ at: 'grants', kind: 'status', status: 503 })
  assert.equal((await read('oauth2PermissionGrants')).status, 503)
})
