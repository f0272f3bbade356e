/** GET /healthz?deep tries what the app needs: it reports a mistake of the operator, until it is fixed. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import * as z from 'zod'
import { healthHandler } from '../functions/health.ts'
import { clients } from '../local/seed.ts'
import { selfSignedCertificate } from './support/certificate.ts'
import { identity, trustIdentity } from './support/entra-client.ts'
import { type Instance, type SharedCache, startSharedCache } from './support/shared-cache.ts'

let cache: SharedCache
/** Seconds that the instances' clock is ahead. */
let ahead = 0
const now = () => Date.now() + ahead * 1000
before(async () => {
  cache = await startSharedCache()
  // As App Service sets them, for @azure/identity to find.
  process.env.IDENTITY_ENDPOINT = `${cache.entra.origin}/msi/token`
  process.env.IDENTITY_HEADER = cache.entra.identityHeader
})
after(() => cache.close())
beforeEach(async () => {
  ahead = 0
  await cache.reset()
})

const deep = new Request('http://localhost/healthz?deep')
const document = z.object({ status: z.string(), checks: z.record(z.string(), z.string()) })
const askedBy = ({ services }: Instance) => {
  const handle = healthHandler(services)
  return async () => {
    const response = await handle(deep, { log: () => {}, reference: 'r', body: '' })
    return { code: response.status, ...document.parse(await response.json()) }
  }
}
const well = {
  code: 200,
  status: 'ok',
  checks: { keys: 'ok', table: 'ok', credential: 'ok' },
}
const refused = {
  code: 503,
  status: 'degraded',
  checks: { keys: 'ok', table: 'ok', credential: 'failed' },
}
const asked = (kind: 'client_credentials' | 'managed_identity') =>
  cache.entra.admin.requests({ kind }).length

test('a healthy app asks each part at most once in ten seconds', async () => {
  const ask = askedBy(cache.instance({ now }))
  assert.deepEqual(await ask(), well)
  ahead = 9
  await Promise.all([ask(), ask()])
  assert.equal(asked('client_credentials'), 1)
  ahead = 11
  assert.deepEqual(await ask(), well)
  assert.equal(asked('client_credentials'), 2)
})

const { certificate, privateKey } = selfSignedCertificate()
const api = clients.api.clientId
const by = (setting: Record<string, string>) => ({ ENTRA_CLIENT_SECRET: '', ...setting })
const byIdentity = by({ ENTRA_MANAGED_IDENTITY_CLIENT_ID: identity.clientId })

suite('a mistake of the operator', () => {
  // First of those by identity: MSAL keeps the identity's tokens for the whole process.
  test('is reported for an identity that is not assigned to the app', async () => {
    trustIdentity(cache.entra)
    const fault = { on: 'managed_identity', kind: 'status', status: 400 } as const
    cache.entra.admin.addFault(fault)
    const instance = cache.instance({ now, settings: byIdentity })
    const ask = askedBy(instance)
    assert.deepEqual(await ask(), refused)
    assert.match(instance.audited('health_check_failed').join(), /managed_identity_refused/)
    cache.entra.admin.clearFaults()
    ahead = 11
    assert.deepEqual(await ask(), well)
  })

  const mistakes: [what: string, settings: Record<string, string>, log: RegExp, fix: () => void][] =
    [
      [
        'a certificate that is not registered',
        by({ ENTRA_CLIENT_CERTIFICATE: certificate + privateKey }),
        /AADSTS700027/,
        () => cache.entra.admin.updateApp(api, { certificates: [certificate] }),
      ],
      [
        'an identity without federated credential',
        byIdentity,
        /AADSTS700211/,
        () => trustIdentity(cache.entra),
      ],
    ]
  for (const [what, settings, log, fix] of mistakes) {
    test(`is reported for ${what}`, async () => {
      const instance = cache.instance({ now, settings })
      const ask = askedBy(instance)
      assert.deepEqual(await ask(), refused)
      assert.match(instance.audited('health_check_failed').join(), log)
      fix()
      ahead = 11
      assert.deepEqual(await ask(), well)
    })
  }
})

test('a refusal that is not about the credential is no mistake of the operator', async () => {
  const refusal = { on: 'token', kind: 'refusal', error: 'access_denied', code: 53003 } as const
  cache.entra.admin.addFault(refusal)
  assert.deepEqual(await askedBy(cache.instance())(), well)
})
