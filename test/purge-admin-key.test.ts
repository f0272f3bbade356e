/** POST /token-cache/purge with ADMIN_KEY set: the host asks for no key, the function for that one. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startFunctionApp } from '../local/function-app.ts'
import type { Host } from '../local/host.ts'
import { alice, tenantId } from '../local/seed.ts'
import { type SharedCache, startSharedCache } from './support/shared-cache.ts'

const adminKey = 'the-admin-key'
let cache: SharedCache
let host: Host
before(async () => {
  cache = await startSharedCache()
  host = await startFunctionApp({
    port: 0,
    adminKey: 'the-master-key',
    prepare: () => Object.assign(process.env, cache.environmentOf(), { ADMIN_KEY: adminKey }),
  })
})
after(() => Promise.all([host.close(), cache.close()]))

const purge = (headers: Record<string, string>, query = '') =>
  fetch(`${host.origin}/token-cache/purge${query}`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ tenantId, objectId: alice.oid }),
  })
const right = { 'x-admin-key': adminKey }

const rows: [what: string, status: number, headers: Record<string, string>, query?: string][] = [
  ['the key', 200, right],
  ['no key', 401, {}],
  ['an empty key', 401, { 'x-admin-key': '' }],
  ['another key', 401, { 'x-admin-key': `${adminKey}x` }],
  ['part of the key', 401, { 'x-admin-key': adminKey.slice(1) }],
  ['the host’s master key', 401, { 'x-functions-key': 'the-master-key' }],
  ['the key in another header', 401, { 'x-functions-key': adminKey }],
  ['the key as a bearer token', 401, { authorization: `Bearer ${adminKey}` }],
  ['the key in the query', 400, {}, `?code=${adminKey}`],
  ['the key in the query by its name', 400, {}, `?x-admin-key=${adminKey}`],
  ['the key in both', 400, right, `?code=${adminKey}`],
]
for (const [what, status, headers, query] of rows) {
  test(`${what}: ${status}`, async () => {
    const response = await purge(headers, query)
    assert.equal(response.status, status)
    const answer = await response.text()
    assert.ok(!answer.includes(adminKey))
    if (status !== 200) assert.match(answer, /"error_description":".*x-admin-key.*"reference":"/)
  })
}
