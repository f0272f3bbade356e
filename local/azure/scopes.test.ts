import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import * as z from 'zod'
import { type AzureForTest, errorOf, startAzureForTest } from '../../test/support/azure.ts'
import { alice, bob, carol, subscriptions, type User } from '../seed.ts'

let it: AzureForTest
before(async () => {
  it = await startAzureForTest()
})
after(() => it.close())
beforeEach(() => it.azure.admin.reset())

const subscription = z.object({ id: z.string(), displayName: z.string() })
const page = z.object({ value: z.array(subscription), nextLink: z.url().optional() })

const query = {
  type: 'ActualCost',
  timeframe: 'MonthToDate',
  dataset: { granularity: 'None', aggregation: { total: { name: 'Cost', function: 'Sum' } } },
}
const costs = (user: User, scope: string, version = '2025-03-01') =>
  it.arm(user, `${scope}/providers/Microsoft.CostManagement/query?api-version=${version}`, query)

const readableBy = [
  [alice, ['Contoso Production', 'Contoso Staging', 'Contoso Data Platform']],
  [bob, ['Fabrikam Retail']],
  [carol, []],
] as const

for (const [user, names] of readableBy) {
  test(`${user.name} sees ${names.length} subscriptions, and nothing of the others`, async () => {
    const response = await it.arm(user, '/subscriptions?api-version=2022-12-01')
    const { value } = page.parse(await response.json())
    assert.deepEqual(
      value.map(({ displayName }) => displayName),
      names,
    )
  })
}

test('a list longer than a page continues at nextLink', async () => {
  it.azure.admin.change({ pageSize: 2 })
  const path = '/subscriptions?api-version=2022-12-01'
  const first = page.parse(await (await it.arm(alice, path)).json())
  const next = first.nextLink ?? ''
  const second = page.parse(await (await it.arm(alice, next)).json())
  assert.equal(second.nextLink, undefined)
  assert.equal(new Set([...first.value, ...second.value].map(({ id }) => id)).size, 3)
  assert.equal((await it.arm(bob, next)).status, 400, 'a token of another list')
})

const sub = (index: number) => `/subscriptions/${subscriptions[index]?.id}`
const contoso = '/providers/Microsoft.Management/managementGroups/contoso'
const unknown = '/subscriptions/99999999-0000-4000-8000-000000000000'
const web = 'rg-contoso-production-web'

const scopes = [
  ['her subscription', alice, sub(0), 200, undefined],
  ['her subscription in upper case', alice, sub(0).toUpperCase(), 200, undefined],
  ['a resource group of hers', alice, `${sub(0)}/resourceGroups/${web}`, 200, undefined],
  ['her management group', alice, contoso, 200, undefined],
  ["bob's subscription", alice, sub(3), 403, 'AuthorizationFailed'],
  ['a subscription without readers', alice, sub(4), 403, 'AuthorizationFailed'],
  [
    "a resource group of alice's",
    bob,
    `${sub(0)}/resourceGroups/${web}`,
    403,
    'AuthorizationFailed',
  ],
  ['a missing resource group', bob, `${sub(0)}/resourceGroups/none`, 403, 'AuthorizationFailed'],
  ["alice's management group", bob, contoso, 403, 'AuthorizationFailed'],
  ['a missing management group', alice, `${contoso}2`, 403, 'AuthorizationFailed'],
  [
    'a missing resource group',
    alice,
    `${sub(0)}/resourceGroups/none`,
    404,
    'ResourceGroupNotFound',
  ],
  ['an unknown subscription', alice, unknown, 404, 'SubscriptionNotFound'],
  ['a tenant', alice, '', 404, 'NotFound'],
] as const

for (const [what, user, scope, status, code] of scopes) {
  test(`${user.name} asking for the costs of ${what} gets ${code ?? 'them'} (${scope})`, async () => {
    const response = await costs(user, scope)
    assert.equal(response.status, status)
    assert.equal(code, status === 200 ? undefined : (await errorOf(response)).code)
  })
}

test('a refusal names user, action and scope', async () => {
  const { message } = await errorOf(await costs(carol, sub(0)))
  for (const part of [carol.upn, carol.oid, 'Microsoft.CostManagement/query/action', sub(0)]) {
    assert.ok(message.includes(part), part)
  }
})

test('a subscription is returned only to its readers', async () => {
  const path = `${sub(3)}?api-version=2022-12-01`
  assert.equal(
    subscription.parse(await (await it.arm(bob, path)).json()).displayName,
    'Fabrikam Retail',
  )
  assert.equal((await it.arm(alice, path)).status, 403)
  assert.equal((await it.arm(alice, `${unknown}?api-version=2022-12-01`)).status, 404)
})

const versions = [
  ['/subscriptions', 400, 'MissingApiVersionParameter'],
  ['/subscriptions?api-version=1999-01-01', 400, 'InvalidApiVersionParameter'],
] as const

for (const [path, status, code] of versions) {
  test(`${path} is answered ${code}`, async () => {
    const response = await it.arm(alice, path)
    assert.equal(response.status, status)
    assert.equal((await errorOf(response)).code, code)
  })
}

test('Cost Management is not found in an unknown version', async () => {
  const response = await costs(alice, sub(0), '1999-01-01')
  assert.equal(response.status, 404)
  assert.equal((await errorOf(response)).code, 'InvalidResourceType')
})
