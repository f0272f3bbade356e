/** POST /token-cache/purge, as an operator calls it: the real functions on the local host. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startFunctionApp } from '../local/function-app.ts'
import type { Host } from '../local/host.ts'
import { alice, tenantId } from '../local/seed.ts'
import { hostLog } from './support/audit-record.ts'
import { eventually } from './support/eventually.ts'
import { type SharedCache, startSharedCache } from './support/shared-cache.ts'

const adminKey = 'the-admin-key'
let cache: SharedCache
let host: Host
const log = hostLog()
before(async () => {
  cache = await startSharedCache()
  host = await startFunctionApp({
    port: 0,
    adminKey,
    log: log.log,
    prepare: () => Object.assign(process.env, cache.environmentOf()),
  })
})
after(() => Promise.all([host.close(), cache.close()]))

const user = { tenantId, objectId: alice.oid }
const key = { 'x-functions-key': adminKey }
const purge = (body: unknown, headers: Record<string, string> = key) =>
  fetch(`${host.origin}/token-cache/purge`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
/** A downstream token of alice's, which another instance has put in the table. */
const win = async () => {
  const before = (await cache.rows()).length
  await cache.instance().call(await cache.tokenOf(alice))
  await eventually(async () => assert.equal((await cache.rows()).length, before + 1))
}

suite('a purge', () => {
  for (const [what, headers] of [
    ['without a key', {}],
    ['with another key', { 'x-functions-key': 'another' }],
    ['with a bearer token', { authorization: `Bearer ${adminKey}` }],
  ] as const) {
    test(`${what} is 401`, async () => {
      assert.equal((await purge(user, headers)).status, 401)
    })
  }

  const refused: [what: string, body: unknown][] = [
    ['no body', ''],
    ['what is no JSON', '{'],
    ['no user', {}],
    ['a user without a tenant', { objectId: alice.oid }],
    ['a name in place of an id', { tenantId, objectId: alice.upn }],
    ['a filter in place of an id', { tenantId, objectId: `${alice.oid}' or 'a' eq 'a` }],
    ['more than a user', { ...user, all: true }],
    ['a list', [user]],
  ]
  for (const [what, body] of refused) {
    test(`of ${what} is 400`, async () => {
      const response = await purge(body)
      assert.equal(response.status, 400)
      const answer = await response.text()
      assert.match(answer, /"invalid_request".*objectId/)
      assert.ok(!answer.includes(alice.upn))
    })
  }

  test('says how many tokens it found, and finds none the second time', async () => {
    await win()
    await win()
    const response = await purge(user)
    assert.equal(response.status, 200)
    assert.deepEqual(await response.json(), { purged: 2 })
    assert.deepEqual(await (await purge(user)).json(), { purged: 0 })
    const who = { tid: tenantId, oid: alice.oid }
    assert.partialDeepStrictEqual(log.take(), [
      { severity: 'information', outcome: 'purged', ...who, purged: 2 },
      { severity: 'information', outcome: 'purged', ...who, purged: 0 },
    ])
  })

  test('with the key in the query is 400, since URLs end up in logs', async () => {
    const response = await fetch(`${host.origin}/token-cache/purge?code=${adminKey}`, {
      method: 'POST',
      body: JSON.stringify(user),
    })
    assert.equal(response.status, 400)
    const answer = await response.text()
    assert.match(answer, /"invalid_request".*x-functions-key/)
    assert.ok(!answer.includes(adminKey))
  })

  test('ends a token that was issued before it, at the endpoint too', async () => {
    const call = async (issuedSecondsAgo: number) => {
      const iat = Math.floor(Date.now() / 1000) - issuedSecondsAgo - 300
      const token = await cache.tokenOf(alice, { claims: { iat } })
      const { method, headers, body } = {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
      }
      return fetch(`${host.origin}/mcp/cost`, { method, headers, body })
    }
    assert.equal((await purge(user)).status, 200)
    const refused = await call(60)
    assert.equal(refused.status, 401)
    const challenge = refused.headers.get('www-authenticate') ?? ''
    assert.match(
      challenge,
      /error="invalid_token".*this user's tokens were revoked here: sign in again/,
    )
    assert.match(challenge, /resource_metadata=/)
    assert.equal((await call(-1)).status, 200)
  })

  test('accepts ids in any case', async () => {
    const shouted = { tenantId: tenantId.toUpperCase(), objectId: alice.oid.toUpperCase() }
    const response = await purge(shouted)
    assert.equal(response.status, 200)
  })

  test('is 503 when the table cannot be reached', async () => {
    await cache.stopTables()
    log.take()
    const response = await purge(user)
    assert.equal(response.status, 503)
    const answer = await response.text()
    assert.match(answer, /"temporarily_unavailable".*try again/)
    const [line, ...others] = log.take()
    assert.ok(line?.detail)
    assert.deepEqual(others, [])
    const expected = { severity: 'error', outcome: 'purge_failed', oid: alice.oid }
    assert.partialDeepStrictEqual(line, expected)
    assert.ok(answer.includes(line.reference))
    await cache.restartTables()
    assert.equal((await purge(user)).status, 200)
  })
})

test('GET is refused', async () => {
  assert.equal((await fetch(`${host.origin}/token-cache/purge`, { headers: key })).status, 404)
})
