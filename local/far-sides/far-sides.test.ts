/** Far sides: each returns the answers of its file, and refuses tokens that are not for it. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Forgery } from '../entra/forge.ts'
import { type Entra, startEntra } from '../entra/server.ts'
import {
  type AppRegistration,
  alice,
  blankApp,
  bob,
  carol,
  clients,
  directory,
  notesResource,
} from '../seed.ts'
import { farSidesOf, farSideUrls, localBaseUrls } from './base-urls.ts'
import { type FarSides, startFarSides } from './server.ts'

const orders: AppRegistration = {
  ...blankApp,
  clientId: 'b0000000-0000-4000-8000-00000000000b',
  name: 'Orders',
  identifierUris: ['api://orders'],
  scopes: [{ value: 'Orders.Read', description: 'Read orders as you', adminOnly: false }],
}
const seeded = directory('http://localhost:7071')
const data = { ...seeded, apps: [...seeded.apps, orders] }
const answers = [
  { path: '/orders', user: alice.upn, body: { orders: ['1'] } },
  { path: '/orders', user: bob.upn, body: { orders: [] } },
  { path: '/orders', method: 'POST', status: 201, body: { id: '2' } },
  { path: '/orders/:id', method: 'DELETE', status: 204 },
]

let folder: string
let entra: Entra
let sides: FarSides
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'far-sides-'))
  await write(answers)
  entra = await startEntra({ port: 0, directory: data })
  sides = await startFarSides({
    ...{ port: 0, directory: data, entraOrigin: entra.origin },
    apis: [
      { name: 'orders', resource: 'api://orders' },
      { name: 'unwritten', resource: 'api://orders' },
    ],
    folder: pathToFileURL(`${folder}/`),
  })
})
after(async () => {
  await Promise.all([sides.close(), entra.close()])
  await rm(folder, { recursive: true })
})

const write = (content: unknown) => writeFile(join(folder, 'orders.json'), JSON.stringify(content))
const tokenOf = (user: string, forgery: Partial<Forgery> = {}) =>
  entra.admin.forgeToken({
    ...{ user, client: clients.api.clientId, resource: orders.clientId },
    ...forgery,
  })
const ask = (path: string, token: string | undefined, method = 'GET') =>
  fetch(`${sides.origin}${path}`, {
    method,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })

const served: [user: string, method: string, path: string, status: number, body: unknown][] = [
  [alice.upn, 'GET', '/orders', 200, { orders: ['1'] }],
  [alice.upn, 'GET', '/orders?top=1', 200, { orders: ['1'] }],
  [bob.upn, 'GET', '/orders', 200, { orders: [] }],
  [bob.upn, 'POST', '/orders', 201, { id: '2' }],
  [carol.upn, 'GET', '/orders', 403, { error: 'forbidden' }],
  [alice.upn, 'PUT', '/orders', 405, { error: 'method_not_allowed' }],
  [alice.upn, 'GET', '/customers', 404, { error: 'not_found' }],
]
for (const [user, method, path, status, body] of served) {
  test(`${method} ${path} is ${status} to ${user}`, async () => {
    const response = await ask(`/orders${path}`, await tokenOf(user), method)
    assert.deepEqual([response.status, await response.json()], [status, body])
  })
}

test('an answer without body is empty', async () => {
  const response = await ask('/orders/orders/7', await tokenOf(alice.upn), 'DELETE')
  assert.deepEqual([response.status, await response.text()], [204, ''])
})

suite('401, with the reason', () => {
  const refused: [what: string, forgery: Partial<Forgery>, reason: RegExp][] = [
    ['a token for another API', { resource: clients.api.clientId }, /aud/],
    ['a v1.0 token', { version: 1 }, /not valid|v2\.0/],
    ['a signature by another key', { key: 'foreign' }, /signature/],
    ['no signature', { key: 'none' }, /not valid/],
    ['a token that has expired', { expiresIn: -60 }, /exp/],
    ['another scope', { scopes: ['Orders.Write'] }, /lacks the scope Orders\.Read/],
    ['an application’s own token', { appOnly: true }, /of a user/],
    ['another tenant', { claims: { tid: 'd0000000-0000-4000-8000-000000000000' } }, /this tenant/],
    ['a user who does not exist', { claims: { oid: 'none' } }, /does not exist/],
  ]
  for (const [what, forgery, reason] of refused) {
    test(what, async () => {
      const response = await ask('/orders/orders', await tokenOf(alice.upn, forgery))
      assert.equal(response.status, 401)
      assert.match(await response.text(), reason)
      assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer error="invalid_token"/)
    })
  }

  test('no token', async () => {
    assert.equal((await ask('/orders/orders', undefined)).status, 401)
  })

  test('a user who was disabled after the token was issued', async () => {
    const token = await tokenOf(bob.upn)
    entra.admin.setUser(bob.upn, { enabled: false })
    assert.equal((await ask('/orders/orders', token)).status, 401)
    entra.admin.reset()
  })
})

suite('the file', () => {
  const failing: [what: string, path: string, content: unknown, said: RegExp][] = [
    [
      'that is missing',
      '/unwritten/orders',
      answers,
      /local\/far-sides\/unwritten\.json is missing/,
    ],
    ['with a wrong entry', '/orders/orders', [{ path: 'orders' }], /orders\.json: .*path/s],
  ]
  for (const [what, path, content, said] of failing) {
    test(`${what} is 500, and named in the output`, async (t) => {
      await write(content)
      const error = t.mock.method(console, 'error', () => {})
      assert.equal((await ask(path, await tokenOf(alice.upn))).status, 500)
      assert.match(error.mock.calls[0]?.arguments.join(' ') ?? '', said)
      await write(answers)
    })
  }

  test('is read on every request', async () => {
    await write([{ path: '/orders', body: 'new' }])
    assert.equal(await (await ask('/orders/orders', await tokenOf(bob.upn))).json(), 'new')
    await write(answers)
  })
})

test('the far sides and all base URLs follow from the tools’ permissions', () => {
  const permissions = {
    downstream: [
      { resource: 'https://management.azure.com', setting: 'ARM_BASE_URL' },
      { resource: 'api://orders', setting: 'BIG_ORDERS_BASE_URL' },
      { resource: notesResource, setting: 'TEAM_NOTES_BASE_URL' },
    ],
    baseUrls: { AzureCloud: { GRAPH_BASE_URL: 'https://graph.microsoft.com' } },
  }
  assert.deepEqual(farSidesOf(permissions), [{ name: 'big-orders', resource: 'api://orders' }])
  const farSides = farSideUrls(permissions, { farSides: 'f', notes: 'n/mcp' })
  assert.deepEqual(farSides, { 'big-orders': 'f/big-orders', 'team-notes': 'n/mcp' })
  assert.deepEqual(localBaseUrls(permissions, { arm: 'a', graph: 'g', farSides }), {
    GRAPH_BASE_URL: 'g',
    ARM_BASE_URL: 'a',
    BIG_ORDERS_BASE_URL: 'f/big-orders',
    TEAM_NOTES_BASE_URL: 'n/mcp',
  })
})
