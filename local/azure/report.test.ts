import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import * as z from 'zod'
import { type AzureForTest, startAzureForTest, today } from '../../test/support/azure.ts'
import { alice, bob, subscriptions, type User } from '../seed.ts'

let it: AzureForTest
let now = today
before(async () => {
  it = await startAzureForTest(() => now)
})
after(() => it.close())
beforeEach(() => {
  now = today
  it.azure.admin.reset()
})

const production = `/subscriptions/${subscriptions[0]?.id}`
const october = { metric: 'ActualCost', timePeriod: { start: '2026-10-01', end: '2026-10-31' } }
const start = (body: object = october, scope = production, user: User = alice) =>
  it.arm(
    user,
    `${scope}/providers/Microsoft.CostManagement/generateCostDetailsReport?api-version=2025-03-01`,
    body,
  )

const completed = z.object({
  status: z.literal('Completed'),
  validTill: z.iso.datetime(),
  manifest: z.object({
    dataFormat: z.literal('Csv'),
    blobCount: z.number(),
    byteCount: z.number(),
    compressData: z.literal(false),
    requestContext: z.object({ requestScope: z.string(), requestBody: z.unknown() }),
    blobs: z.array(z.object({ blobLink: z.url(), byteCount: z.number() })),
  }),
})

const ended = z.object({
  status: z.string(),
  manifest: z.unknown().optional(),
  error: z.object({ code: z.string() }).optional(),
})

const whole = z.object({
  properties: z.object({ rows: z.tuple([z.tuple([z.number(), z.string()])]) }),
})

/** The Location of a report that is ready at the first poll. */
async function ready(body?: object): Promise<string> {
  it.azure.admin.change({ report: { polls: 0, retryAfterSeconds: 0, outcome: 'Completed' } })
  return (await start(body)).headers.get('location') ?? ''
}

const finished = async (location: string) =>
  completed.parse(await (await it.arm(alice, location)).json())

test('a report is accepted, unfinished for the given number of polls, then has its manifest', async () => {
  it.azure.admin.change({ report: { polls: 2, retryAfterSeconds: 7, outcome: 'Completed' } })
  const accepted = await start()
  const location = accepted.headers.get('location') ?? ''
  assert.ok(location.startsWith(`${it.azure.arm}${production}/providers/Microsoft.CostManagement/`))
  const answers = [accepted, await it.arm(alice, location), await it.arm(alice, location)]
  for (const { status, headers } of answers) {
    assert.equal(status, 202)
    assert.equal(headers.get('retry-after'), '7')
    assert.equal(headers.get('location'), location)
  }
  const { manifest } = await finished(location)
  assert.equal(manifest.blobCount, manifest.blobs.length)
  assert.deepEqual(manifest.requestContext.requestBody, october)
})

test('a finished report does not change', async () => {
  const location = await ready()
  const first = await finished(location)
  now = new Date(today.getTime() + 60_000)
  assert.deepEqual(await finished(location), first)
})

test('the blobs contain the month: their sizes are correct, and their costs equal the query’s', async () => {
  const { manifest } = await finished(await ready())
  assert.ok(manifest.blobs.length > 1)
  let total = 0
  for (const { blobLink, byteCount } of manifest.blobs) {
    const response = await fetch(blobLink)
    const text = await response.text()
    assert.equal(response.headers.get('content-type'), 'text/csv')
    assert.equal(Buffer.byteLength(text), byteCount)
    const [header = '', ...rows] = text.trimEnd().split('\r\n')
    const costAt = header.split(',').indexOf('CostInBillingCurrency')
    for (const row of rows) {
      const cells = row.split(',')
      assert.match(cells[2] ?? '', /^10\/\d\d\/2026$/)
      total += Number(cells[costAt])
    }
  }
  const query = {
    type: 'ActualCost',
    timeframe: 'TheLastBillingMonth',
    dataset: { aggregation: { total: { name: 'Cost', function: 'Sum' } } },
  }
  const path = `${production}/providers/Microsoft.CostManagement/query?api-version=2025-03-01`
  const { properties } = whole.parse(await (await it.arm(alice, path, query)).json())
  const [[cost]] = properties.rows
  assert.ok(Math.abs(cost - total) < 1e-6)
})

test('a Location’s additional query is required when polling', async () => {
  it.azure.admin.change({ locationQuery: { t: '639', c: 'MII+/=', monitor: 'true' } })
  const location = await ready()
  assert.match(location, /\?api-version=[^&]+&t=639&c=MII%2B%2F%3D&monitor=true$/)
  await finished(location)
  assert.equal((await it.arm(alice, location.replace('&t=639', ''))).status, 404)
})

test('an operation is only for its user and scope', async () => {
  const location = await ready()
  assert.equal((await it.arm(bob, location)).status, 403)
  const elsewhere = location.replace(production, `/subscriptions/${subscriptions[1]?.id}`)
  assert.equal((await it.arm(alice, elsewhere)).status, 404)
  const unknown = location.replace(/costDetailsOperationResults\/[^?]+/, '$&0')
  assert.equal((await it.arm(alice, unknown)).status, 404)
})

test('a blob link works until it expires, and only unaltered', async () => {
  const { manifest, validTill } = await finished(await ready())
  const link = manifest.blobs[0]?.blobLink ?? ''
  const altered = [
    link.replace('part-0', 'part-1'),
    link.replace(/se=\d{4}/, 'se=2099'),
    link.replace(/sig=[^&]+/, 'sig=AAAA'),
    link.replace(/&sig=[^&]+/, ''),
  ]
  assert.equal((await fetch(link)).status, 200)
  for (const other of altered) {
    const response = await fetch(other)
    assert.equal(response.status, 403, other)
    assert.equal(response.headers.get('x-ms-error-code'), 'AuthenticationFailed')
  }
  now = new Date(validTill)
  assert.equal((await fetch(link)).status, 403)
})

test('without a time period a report covers the month to date', async () => {
  const { manifest } = await finished(await ready({}))
  assert.deepEqual(manifest.requestContext.requestBody, {
    metric: 'ActualCost',
    timePeriod: { start: '2026-11-01', end: '2026-11-21' },
  })
})

test('a month without costs has no manifest but a status', async () => {
  const location = await ready({ timePeriod: { start: '2027-01-01', end: '2027-01-31' } })
  const { status, manifest } = ended.parse(await (await it.arm(alice, location)).json())
  assert.equal(status, 'NoDataFound')
  assert.equal(manifest, undefined)
})

test('a report that failed says so with status 200', async () => {
  const location = await ready()
  it.azure.admin.change({ report: { polls: 0, retryAfterSeconds: 0, outcome: 'Failed' } })
  const response = await it.arm(alice, location)
  assert.equal(response.status, 200)
  const { status, error } = ended.parse(await response.json())
  assert.equal(status, 'Failed')
  assert.equal(error?.code, 'InternalServerError')
})

const period = (start: string, end: string) => ({ timePeriod: { start, end } })
const refused = [
  ['more than a month', period('2026-09-01', '2026-10-01'), production, 400],
  ['more than thirteen months ago', period('2025-09-01', '2025-09-30'), production, 400],
  ['an end before its start', period('2026-10-02', '2026-10-01'), production, 400],
  ['an unknown metric', { metric: 'Usage' }, production, 400],
  ['an invoice', { invoiceId: '1' }, production, 400],
  ['a resource group', {}, `${production}/resourceGroups/rg-contoso-production-web`, 404],
  ['a management group', {}, '/providers/Microsoft.Management/managementGroups/contoso', 404],
  ["bob's subscription", {}, `/subscriptions/${subscriptions[3]?.id}`, 403],
] as const

for (const [what, body, scope, status] of refused) {
  test(`a report of ${what} is refused with ${status}`, async () => {
    assert.equal((await start(body, scope)).status, status)
  })
}
