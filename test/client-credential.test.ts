/** The app proves itself to Entra by secret, certificate or managed identity, each in a real exchange. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, mock, suite, test } from 'node:test'
import { decodeJwt } from 'jose'
import { alice, clients } from '../local/seed.ts'
import { Failure } from '../shared/failure.ts'
import { selfSignedCertificate } from './support/certificate.ts'
import { identity, trustIdentity } from './support/entra-client.ts'
import { type SharedCache, startSharedCache } from './support/shared-cache.ts'

const { certificate, privateKey } = selfSignedCertificate()
let cache: SharedCache
before(async () => {
  cache = await startSharedCache()
  // As App Service sets them, for @azure/identity to find.
  process.env.IDENTITY_ENDPOINT = `${cache.entra.origin}/msi/token`
  process.env.IDENTITY_HEADER = cache.entra.identityHeader
})
after(() => cache.close())
beforeEach(() => cache.reset())

const settings = {
  secret: {},
  certificate: {
    ENTRA_CLIENT_SECRET: '',
    ENTRA_CLIENT_CERTIFICATE: `${certificate}${privateKey}`,
  },
  identity: {
    ENTRA_CLIENT_SECRET: '',
    ENTRA_MANAGED_IDENTITY_CLIENT_ID: identity.clientId,
  },
}
const trust = {
  certificate: () =>
    cache.entra.admin.updateApp(clients.api.clientId, { certificates: [certificate] }),
  identity: () => trustIdentity(cache.entra),
}

const proofs: [what: string, settings: Record<string, string>, first: () => void, acr: string][] = [
  ['a secret', settings.secret, () => {}, '1'],
  ['a certificate with its key', settings.certificate, trust.certificate, '2'],
  ['a managed identity', settings.identity, trust.identity, '2'],
]
for (const [what, settings, first, appidacr] of proofs) {
  test(`the app proves itself by ${what}`, async () => {
    first()
    const won = await cache.instance({ settings }).call(await cache.tokenOf(alice))
    const claims = decodeJwt(won)
    assert.equal(claims.appid, clients.api.clientId)
    assert.equal(claims.appidacr, appidacr)
    assert.equal(claims.oid, alice.oid)
  })
}

const distrusted: [what: string, settings: Record<string, string>, code: number][] = [
  ['a wrong secret', { ENTRA_CLIENT_SECRET: 'wrong' }, 7000215],
  ['a certificate that is not registered', settings.certificate, 700027],
  ['an identity that is not trusted', settings.identity, 700211],
]
for (const [what, settings, code] of distrusted) {
  test(`${what} is the operator’s mistake, and is named`, async () => {
    const instance = cache.instance({ settings })
    const error = await instance.call(await cache.tokenOf(alice)).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof Failure, String(error))
    assert.partialDeepStrictEqual(error.detail, {
      reason: 'exchange_refused',
      fixedBy: 'operator',
      code,
    })
  })
}

suite("the identity's endpoint", () => {
  const day = 24 * 60 * 60_000
  let days = 0
  const asked = () => cache.entra.admin.requests({ kind: 'managed_identity' }).length
  beforeEach(() => {
    trust.identity()
    days += 3
    // MSAL caches the identity's tokens in the process, by this clock: each test runs on a later day.
    mock.timers.enable({ apis: ['Date'], now: Date.now() + days * day })
  })
  const instance = () => cache.instance({ settings: settings.identity })

  test('is asked once for many exchanges, and again shortly before its token ends', async (t) => {
    t.after(() => mock.timers.reset())
    const app = instance()
    const callOfMany = async () => {
      const tokens = await Promise.all(Array.from({ length: 10 }, () => cache.tokenOf(alice)))
      await Promise.all(tokens.map((token) => app.call(token)))
    }
    await callOfMany()
    mock.timers.setTime(Date.now() + day - 6 * 60_000)
    await callOfMany()
    assert.equal(asked(), 1)
    mock.timers.setTime(Date.now() + 2 * 60_000)
    await callOfMany()
    assert.equal(asked(), 2)
    assert.equal(cache.exchanges(), 30)
  })

  test('reports an unknown identity as the operator’s mistake, and is asked again later', async (t) => {
    t.after(() => mock.timers.reset())
    cache.entra.admin.addFault({ on: 'managed_identity', kind: 'status', status: 400 })
    const app = instance()
    const call = async () => app.call(await cache.tokenOf(alice))
    const assertMistake = () =>
      assert.rejects(call, (error) => {
        assert.ok(error instanceof Failure, String(error))
        assert.partialDeepStrictEqual(error.detail, {
          reason: 'exchange_refused',
          fixedBy: 'operator',
          code: undefined,
        })
        assert.match(error.message, /ENTRA_MANAGED_IDENTITY_CLIENT_ID/)
        assert.equal(error.severity, 'warning')
        return true
      })
    for (const _ of [1, 2, 3]) await assertMistake()
    assert.equal(asked(), 1)
    cache.entra.admin.clearFaults()
    await assertMistake()
    mock.timers.tick(11_000)
    assert.ok(await call())
  })

  test('causes a 503 when it fails, and the next call tries again', async (t) => {
    t.after(() => mock.timers.reset())
    // An error that @azure/identity does not retry for seconds.
    cache.entra.admin.addFault({ on: 'managed_identity', kind: 'status', status: 501 })
    const app = instance()
    const token = await cache.tokenOf(alice)
    const error = await app.call(token).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof Failure, String(error))
    assert.equal(error.detail.reason, 'entra_unreachable')
    cache.entra.admin.clearFaults()
    await app.call(token)
  })
})
