/** Users and groups in Graph, as strict as Microsoft's: permissions, advanced queries, search, pages, PATCH. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import * as z from 'zod'
import { type AzureForTest, errorOf, startAzureForTest } from '../../test/support/azure.ts'
import { alice, bob } from '../seed.ts'

let it: AzureForTest
before(async () => {
  it = await startAzureForTest()
})
after(() => it.close())
beforeEach(() => it.azure.admin.reset())

const eventual = { ConsistencyLevel: 'eventual' }
const basic = 'User.ReadBasic.All'
const groupsPath = '/me/transitiveMemberOf/microsoft.graph.group'
const list = z.object({
  '@odata.count': z.number().optional(),
  '@odata.nextLink': z.string().optional(),
  value: z.array(z.looseObject({ displayName: z.string().nullable() })),
})
const listOf = async (response: Response) => {
  assert.equal(response.status, 200)
  return list.parse(await response.json())
}

type Asked = { scp: string; headers?: Record<string, string>; patch?: string }
const refused: [path: string, asked: Asked, status: number, code: string][] = [
  ['/users', { scp: 'User.Read' }, 403, 'Authorization_RequestDenied'],
  ['/users?$select=jobTitle', { scp: basic }, 403, 'Authorization_RequestDenied'],
  ['/users?$search="displayName:a"', { scp: basic }, 400, 'Request_UnsupportedQuery'],
  ['/users?$search=displayName:a', { scp: basic, headers: eventual }, 400, 'BadRequest'],
  ['/users?$search="displayName:a', { scp: basic, headers: eventual }, 400, 'BadRequest'],
  ['/users?$search="jobTitle:a"', { scp: basic, headers: eventual }, 400, 'BadRequest'],
  ['/users?$search="mail:a" "mail:b"', { scp: basic, headers: eventual }, 400, 'BadRequest'],
  ['/users?$top=1000', { scp: basic }, 400, 'Request_BadRequest'],
  ['/users?$top=0', { scp: basic }, 400, 'Request_BadRequest'],
  ['/users?$orderby=height', { scp: basic }, 400, 'BadRequest'],
  ['/users?$skiptoken=1.x', { scp: basic }, 400, 'BadRequest'],
  [groupsPath, { scp: 'User.Read' }, 400, 'Request_UnsupportedQuery'],
  [`${groupsPath}?$count=true`, { scp: 'User.Read' }, 400, 'Request_UnsupportedQuery'],
  [groupsPath, { scp: basic }, 403, 'Authorization_RequestDenied'],
  ['/me', { scp: 'User.Read', patch: '{}' }, 403, 'Authorization_RequestDenied'],
  ['/me', { scp: 'User.ReadWrite', patch: '{}' }, 400, 'BadRequest'],
  ['/me', { scp: 'User.ReadWrite', patch: '{' }, 400, 'BadRequest'],
  ['/me', { scp: 'User.ReadWrite', patch: '{"mobilePhone":1}' }, 400, 'Request_BadRequest'],
  [
    '/me',
    { scp: 'User.ReadWrite', patch: '{"jobTitle":"CEO"}' },
    403,
    'Authorization_RequestDenied',
  ],
  ['/users', { scp: 'User.ReadWrite', patch: '{}' }, 404, 'BadRequest'],
]
suite('refused', () => {
  for (const [path, asked, status, code] of refused) {
    test(`${asked.patch ?? ''} ${path} with ${asked.scp}: ${status} ${code}`, async () => {
      const response = await it.graph(alice, path, asked)
      assert.equal(response.status, status)
      assert.equal((await errorOf(response)).code, code)
    })
  }
})

test('throttling and revocation have Graph’s own errors', async () => {
  const asked = { scp: 'User.Read' }
  it.azure.admin.fail({ at: 'me', kind: 'status', status: 429, retryAfterSeconds: 7 })
  const throttled = await it.graph(alice, '/me', asked)
  assert.deepEqual([throttled.status, throttled.headers.get('retry-after')], [429, '7'])
  const { code, innerError } = await errorOf(throttled)
  assert.deepEqual([code, typeof innerError], ['TooManyRequests', 'object'])
  it.azure.admin.fail({ at: 'me', kind: 'claims-challenge', claims: '{}' })
  const revoked = await it.graph(alice, '/me', asked)
  assert.match(revoked.headers.get('www-authenticate') ?? '', /error="insufficient_claims"/)
  assert.equal((await errorOf(revoked)).code, 'InvalidAuthenticationToken')
})

test('users are found by prefixes of words, sorted, counted and paged', async () => {
  it.azure.admin.change({ pageSize: 2 })
  const query = '$search="mail:contoso" OR "displayName:x"&$orderby=displayName&$count=true'
  const asked = { scp: basic, headers: eventual }
  const first = await listOf(await it.graph(alice, `/users?${query}`, asked))
  assert.deepEqual(
    first.value.map((user) => user.displayName),
    ['Alice', 'Bob'],
  )
  assert.equal(first['@odata.count'], 3)
  const link = first['@odata.nextLink'] ?? ''
  const second = await listOf(await it.graph(alice, link, asked))
  assert.deepEqual(
    second.value.map((user) => user.displayName),
    ['Carol'],
  )
  assert.equal(second['@odata.nextLink'], undefined)
  assert.equal((await it.graph(alice, link, { scp: basic })).status, 400, 'without the header')
})

test('AND binds tighter than OR', async () => {
  const query = '$search="displayName:al" AND "mail:bob" OR "displayName:car"'
  const found = await it.graph(alice, `/users?${query}`, { scp: basic, headers: eventual })
  assert.deepEqual(
    (await listOf(found)).value.map((user) => user.displayName),
    ['Carol'],
  )
})

test('without the permission to read groups only their ids are returned', async () => {
  const path = `${groupsPath}?$count=true&$select=id,displayName`
  const groups = async (scp: string) =>
    (await listOf(await it.graph(bob, path, { scp, headers: eventual }))).value
  const named = await groups('GroupMember.Read.All')
  assert.deepEqual(named.map((it) => it.displayName).sort(), [
    'All Staff',
    'Cost Readers',
    'Retail',
  ])
  const bare = await groups('User.Read')
  assert.deepEqual(
    bare.map(({ displayName }) => displayName),
    [null, null, null],
  )
})

test('a change affects only the user, at once, until a reset', async () => {
  const phone = async (user: typeof alice) =>
    z
      .object({ mobilePhone: z.string() })
      .parse(await (await it.graph(user, '/me', { scp: 'User.Read' })).json()).mobilePhone
  const [before, others] = [await phone(alice), await phone(bob)]
  const patch = '{"mobilePhone":"+1 555 0100"}'
  assert.equal((await it.graph(alice, '/me', { scp: 'User.ReadWrite', patch })).status, 204)
  assert.deepEqual([await phone(alice), await phone(bob)], ['+1 555 0100', others])
  it.azure.admin.reset()
  assert.equal(await phone(alice), before)
})
