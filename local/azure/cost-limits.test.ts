/** Cost Management's limits in the emulator: units by months of data, and requests by ClientType. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type AzureForTest, startAzureForTest } from '../../test/support/azure.ts'
import { alice, bob, subscriptions, type User } from '../seed.ts'

let it: AzureForTest
before(async () => {
  it = await startAzureForTest()
})
after(() => it.close())
beforeEach(() => it.azure.admin.reset())

const year = ['2025-11-22', '2026-11-21'] as const
const month = ['2026-10-01', '2026-10-31'] as const
const query = (
  [from, to]: readonly [string, string],
  { user = alice, clientType }: { user?: User; clientType?: string } = {},
) => {
  const [, , , retail] = subscriptions
  const id = user === alice ? subscriptions[0]?.id : retail?.id
  const path = `/subscriptions/${id}/providers/Microsoft.CostManagement/query?api-version=2025-03-01`
  const dataset = { aggregation: { total: { name: 'Cost', function: 'Sum' } } }
  const body = { type: 'ActualCost', timeframe: 'Custom', timePeriod: { from, to }, dataset }
  return it.arm(user, path, body, clientType ? { ClientType: clientType } : {})
}
const limit = ({ headers }: Response, name: string) =>
  headers.get(`x-ms-ratelimit-microsoft.costmanagement-${name}`)
const requestsLeft = ({ headers }: Response) =>
  headers.get('x-ms-ratelimit-remaining-microsoft.costmanagement-clienttype-requests')

test('a month of data is one unit for the whole tenant, and headers have the remaining units', async () => {
  it.azure.admin.change({ limits: { units: true } })
  const first = await query(month)
  assert.equal(limit(first, 'qpu-consumed'), '1')
  assert.equal(
    limit(first, 'qpu-remaining'),
    'QueriesPerHour:599,QueriesPerMin:59,QueriesPer10Sec:11',
  )
  const others = await query(['2026-09-15', '2026-11-14'], { user: bob })
  assert.equal(limit(others, 'qpu-consumed'), '2')
  assert.match(limit(others, 'qpu-remaining') ?? '', /QueriesPer10Sec:9$/)
})

test('a year is twelve units, all that ten seconds allow', async () => {
  it.azure.admin.change({ limits: { units: true } })
  assert.equal((await query(year)).status, 200)
  const refused = await query(month)
  assert.equal(refused.status, 429)
  assert.match(limit(refused, 'qpu-retry-after') ?? '', /^(10|9)$/)
  assert.match(limit(refused, 'qpu-remaining') ?? '', /QueriesPer10Sec:0$/)
  it.azure.admin.reset()
  it.azure.admin.change({ limits: { units: true } })
  assert.equal((await query(month)).status, 200)
})

test('requests without ClientType share one limit', async () => {
  it.azure.admin.change({ limits: { units: false, clientTypes: { Default: 0, busy: 1 } } })
  const refused = await query(month)
  assert.equal(refused.status, 429)
  assert.equal(limit(refused, 'clienttype-retry-after'), '30')
  assert.equal(requestsLeft(refused), 'DefaultQuota:0')
  assert.equal(requestsLeft(await query(month, { clientType: 'mine' })), 'DefaultQuota:1999')
  assert.equal((await query(month, { clientType: 'busy' })).status, 200)
  assert.equal((await query(month, { clientType: 'busy' })).status, 429)
})

test('without limits no answer has their headers', async () => {
  const { headers } = await query(month)
  assert.deepEqual(
    [...headers.keys()].filter((name) => name.includes('ratelimit')),
    [],
  )
})
