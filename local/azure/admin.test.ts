import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import * as z from 'zod'
import { type AzureForTest, errorOf, startAzureForTest } from '../../test/support/azure.ts'
import { alice, directory, subscriptions } from '../seed.ts'
import { startAzure } from './server.ts'
import { settingsSchema } from './settings.ts'

let it: AzureForTest
before(async () => {
  it = await startAzureForTest()
})
after(() => it.close())
beforeEach(() => it.azure.admin.reset())

const list = () => it.arm(alice, '/subscriptions?api-version=2022-12-01')
const queryPath = `/subscriptions/${subscriptions[0]?.id}/providers/Microsoft.CostManagement/query?api-version=2025-03-01`
const query = () =>
  it.arm(alice, queryPath, {
    type: 'ActualCost',
    timeframe: 'MonthToDate',
    dataset: { aggregation: { total: { name: 'Cost', function: 'Sum' } } },
  })

test('throttling has Cost Management’s own headers, for the given number of requests', async () => {
  const quotaRetryAfterSeconds = { entity: 30, clienttype: 4 }
  it.azure.admin.fail({
    at: 'query',
    kind: 'status',
    status: 429,
    times: 2,
    quotaRetryAfterSeconds,
  })
  for (const _ of [1, 2]) {
    const response = await query()
    const { headers } = response
    assert.equal(response.status, 429)
    assert.equal(headers.get('x-ms-ratelimit-microsoft.costmanagement-entity-retry-after'), '30')
    assert.equal(headers.get('x-ms-ratelimit-microsoft.costmanagement-clienttype-retry-after'), '4')
    assert.equal(headers.get('retry-after'), null)
    assert.deepEqual(await response.json(), {
      error: { code: '429', message: 'Too many requests. Please retry.' },
    })
  }
  assert.equal((await query()).status, 200)
})

test('faults apply to their operation, one after the other', async () => {
  it.azure.admin.fail({ at: 'subscriptions', kind: 'status', status: 503, retryAfterSeconds: 3 })
  it.azure.admin.fail({ at: 'subscriptions', kind: 'status', status: 500, html: true })
  assert.equal((await query()).status, 200)
  const unavailable = await list()
  assert.equal(unavailable.status, 503)
  assert.equal(unavailable.headers.get('retry-after'), '3')
  const broken = await list()
  assert.equal(broken.status, 500)
  assert.equal(broken.headers.get('content-type'), 'text/html')
  assert.equal((await list()).status, 200)
})

test('a revoked token gets a claims challenge', async () => {
  const claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
  it.azure.admin.fail({ at: 'query', kind: 'claims-challenge', claims })
  const response = await query()
  assert.equal(response.status, 401)
  const challenge = response.headers.get('www-authenticate') ?? ''
  assert.match(challenge, /error="insufficient_claims"/)
  const [, encoded = ''] = /claims="([^"]+)"/.exec(challenge) ?? []
  assert.equal(Buffer.from(encoded, 'base64').toString(), claims)
})

test('Cost Management’s own 401 is about rights, not about the token', async () => {
  it.azure.admin.fail({ at: 'query', kind: 'access-denied' })
  const response = await query()
  assert.equal(response.status, 401)
  assert.equal((await errorOf(response)).code, 'RBACAccessDenied')
})

test('Cost Management’s refusals have its own code and message', async () => {
  const said = { code: 'AccountCostDisabled', message: 'View charges is off.' }
  it.azure.admin.fail({ at: 'query', kind: 'status', status: 401, ...said })
  const response = await query()
  assert.equal(response.status, 401)
  assert.deepEqual(await errorOf(response), said)
})

test('an ordered answer is returned literally, or without content', async () => {
  it.azure.admin.fail({ at: 'query', kind: 'answer', status: 204 })
  it.azure.admin.fail({
    ...{ at: 'query', kind: 'answer', status: 202 },
    headers: { location: '/x' },
    body: { status: 'InProgress' },
  })
  assert.equal((await query()).status, 204)
  const accepted = await query()
  assert.equal(accepted.headers.get('location'), '/x')
  assert.deepEqual(await accepted.json(), { status: 'InProgress' })
})

test('a reset breaks the connection without an answer', async () => {
  it.azure.admin.fail({ at: 'subscriptions', kind: 'reset' })
  await assert.rejects(list())
  assert.equal((await list()).status, 200)
  assert.deepEqual(
    it.azure.admin.requests().map(({ status }) => status),
    [0, 200],
  )
})

test('latency delays the usual answer', async () => {
  it.azure.admin.fail({ at: 'subscriptions', kind: 'latency', milliseconds: 50 })
  const started = performance.now()
  assert.equal((await list()).status, 200)
  assert.ok(performance.now() - started >= 49)
})

test('the log has user and path, but neither token nor query', async () => {
  const response = await list()
  await fetch(`${it.azure.arm}/subscriptions?api-version=2022-12-01`)
  const requests = it.azure.admin.requests()
  assert.deepEqual(
    requests.map(({ method, path, oid, status }) => ({ method, path, oid, status })),
    [
      { method: 'GET', path: '/arm/subscriptions', oid: alice.oid, status: 200 },
      { method: 'GET', path: '/arm/subscriptions', oid: undefined, status: 401 },
    ],
  )
  assert.equal(requests[0]?.requestId, response.headers.get('x-ms-request-id'))
})

const listed = z.object({ value: z.array(z.unknown()) })
const admin = (path: string, init: RequestInit = {}) =>
  fetch(`${it.azure.origin}/admin${path}`, init)
const json = (body: unknown, method = 'POST') => ({ method, body: JSON.stringify(body) })

test('the same controls work over HTTP', async () => {
  const fault = { at: 'subscriptions', kind: 'status', status: 503 }
  assert.equal((await admin('/faults', json(fault))).status, 204)
  assert.equal((await list()).status, 503)
  const settings = settingsSchema.parse(await (await admin('/settings')).json())
  await admin('/settings', json({ ...settings, pageSize: 2 }, 'PUT'))
  assert.equal(listed.parse(await (await list()).json()).value.length, 2)
  assert.deepEqual(
    await (await admin('/requests')).json(),
    JSON.parse(JSON.stringify(it.azure.admin.requests())),
  )
  assert.equal(it.azure.admin.requests().length, 2)
  await admin('/reset', { method: 'POST' })
  assert.deepEqual(await (await admin('/settings')).json(), settings)
  assert.deepEqual(await (await admin('/requests')).json(), [])
})

const refusedOrders = [
  ['/faults', json({ at: 'lunch', kind: 'reset' })],
  ['/faults', json({ at: 'query', kind: 'reset', forever: true })],
  ['/faults', { method: 'POST', body: 'no JSON' }],
  ['/settings', json({ pageSize: 0 }, 'PUT')],
] as const

for (const [path, init] of refusedOrders) {
  test(`${path} refuses ${init.body} and changes nothing`, async () => {
    assert.equal((await admin(path, init)).status, 400)
    assert.equal((await query()).status, 200)
  })
}

test('a web page is refused', async () => {
  const headers = { Origin: 'https://evil.example' }
  assert.equal((await admin('/reset', { method: 'POST', headers })).status, 403)
  assert.equal((await admin('/requests', { headers: { Origin: it.azure.origin } })).status, 200)
})

test('a web page that rebinds its host name is refused', async () => {
  const status = await new Promise((resolve, reject) => {
    const headers = { Host: 'evil.example' }
    request(`${it.azure.origin}/admin/requests`, { headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
  assert.equal(status, 403)
})

test('a port in use is EADDRINUSE', async () => {
  const { port } = new URL(it.azure.origin)
  await assert.rejects(
    startAzure({
      port: Number(port),
      directory: directory('http://localhost:7071'),
      entraOrigin: 'http://localhost:1',
      subscriptions,
    }),
    { code: 'EADDRINUSE' },
  )
})

test('close is immediate, even while a request waits', async () => {
  const other = await startAzureForTest()
  other.azure.admin.fail({ at: 'subscriptions', kind: 'latency', milliseconds: 60_000 })
  const waiting = assert.rejects(other.arm(alice, '/subscriptions?api-version=2022-12-01'))
  await other.close()
  await waiting
})
