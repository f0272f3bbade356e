/** Refusals of On-Behalf-Of at the Entra emulator: every wrong assertion and request, with Entra's error. */
import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import {
  appOrigin,
  armScope,
  costRead,
  type Form,
  oboForm,
  token,
} from '../../test/support/entra-client.ts'
import { alice, armClientId, bob, clients, directory, graphClientId } from '../seed.ts'
import type { Forgery } from './forge.ts'
import { startEntra } from './server.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => entra.admin.reset())

const forge = (forgery: Partial<Forgery> = {}) =>
  entra.admin.forgeToken({ user: alice.upn, client: clients.public.clientId, ...forgery })

suite('an assertion is refused', () => {
  const foreignTenant = { iss: 'https://sts.windows.net/other/' }
  const nobody = { oid: 'e0000000-0000-4000-8000-00000000000e' }
  const rows: [string, Partial<Forgery>, number, string?][] = [
    ['signed with a foreign key', { key: 'foreign' }, 50013],
    ['with an unknown kid', { key: 'unknown-kid' }, 50013],
    ["with another key's kid", { key: 'other-kid' }, 50013],
    ['not signed', { key: 'none' }, 50013],
    ['signed with the public key', { key: 'hs256-public' }, 50013],
    ['of another tenant', { claims: foreignTenant }, 50013],
    ['without exp', { omit: ['exp'] }, 50013],
    ['expired', { expiresIn: -1 }, 500133],
    ['not yet valid', { notBefore: 60 }, 500133],
    ['for another API', { resource: graphClientId }, 500131],
    [
      'for our URL, when v2 has the client id',
      { claims: { aud: `${appOrigin}/mcp/cost` } },
      500131,
    ],
    ['of an application alone', { appOnly: true }, 7000114, 'unauthorized_client'],
    ['of an unknown user', { claims: nobody }, 50034],
  ]
  for (const [what, forgery, code, error = 'invalid_grant'] of rows) {
    test(what, async () => {
      const answer = await token(entra, oboForm(await forge(forgery)))
      assert.deepEqual(
        [answer.status, answer.error, answer.error_codes, answer.suberror],
        [400, error, [code], undefined],
      )
    })
  }

  test('signed with a withdrawn key', async () => {
    const assertion = await forge()
    await entra.admin.rotateKeys()
    assert.equal((await token(entra, oboForm(assertion))).status, 200)
    await entra.admin.rotateKeys({ withdraw: true })
    assert.deepEqual((await token(entra, oboForm(assertion))).error_codes, [50013])
  })
})

suite('a request is refused', () => {
  const nothing = () => {}
  const disable = () => entra.admin.setUser(alice.upn, { enabled: false })
  const grant = { client: clients.api.clientId, resource: armClientId }
  const revoke = () => entra.admin.removeGrants(grant)
  const grantBob = () => {
    revoke()
    entra.admin.putGrant({ ...grant, scopes: ['user_impersonation'], user: bob.oid })
  }
  const allOfArm = { scope: 'https://management.azure.com/.default' }
  const publicClient = { client_id: clients.public.clientId }
  const noSecret = { client_secret: undefined }
  const unknownClient = { client_id: 'c0000000-0000-4000-8000-00000000000f' }
  const otherName = { resource: 'https://management.core.windows.net' }

  const rows: [string, Form, number, string, (() => void)?][] = [
    ['without consent to the downstream', {}, 65001, 'invalid_grant', revoke],
    ['without any consent for .default', allOfArm, 65001, 'invalid_grant', revoke],
    ["on another user's consent", {}, 65001, 'invalid_grant', grantBob],
    ['for a disabled user', {}, 50057, 'invalid_grant', disable],
    [
      'for an unknown resource',
      { scope: 'https://vault.azure.net/all' },
      500011,
      'invalid_resource',
    ],
    ['for an unknown scope', { scope: `${armScope}s` }, 650053, 'invalid_client'],
    ['for two resources', { scope: `${armScope} User.Read` }, 28000, 'invalid_request'],
    ['for the app itself', { scope: costRead }, 90009, 'invalid_request'],
    ['with a resource by another name', otherName, 9010010, 'invalid_target'],
    ['with a wrong secret', { client_secret: 'wrong' }, 7000215, 'invalid_client'],
    [
      'with a secret that has ended',
      {},
      7000222,
      'invalid_client',
      () => entra.admin.updateApp(clients.api.clientId, { secretsEnd: '2026-01-01T00:00:00Z' }),
    ],
    ['without a credential', noSecret, 7000218, 'invalid_client'],
    ['by a public client', { ...publicClient, ...noSecret }, 7000218, 'invalid_client'],
    ['by a public client with a secret', publicClient, 700025, 'invalid_client'],
    ['by an unknown client', unknownClient, 700016, 'unauthorized_client'],
    ['with an assertion that is not a JWT', { assertion: 'abc' }, 50027, 'invalid_request'],
    ['without requested_token_use', { requested_token_use: undefined }, 900144, 'invalid_request'],
    ['without a scope', { scope: undefined }, 900144, 'invalid_request'],
    ['without a grant type', { grant_type: undefined }, 900144, 'invalid_request'],
    ['of an unknown grant type', { grant_type: 'password' }, 70003, 'unsupported_grant_type'],
  ]
  for (const [what, changes, code, error, first = nothing] of rows) {
    test(what, async () => {
      first()
      const answer = await token(entra, oboForm(await forge(), changes))
      const status = error === 'invalid_client' ? 401 : 400
      const suberror = code === 65001 ? 'consent_required' : undefined
      assert.deepEqual(
        [answer.status, answer.error, answer.error_codes, answer.suberror],
        [status, error, [code], suberror],
      )
      const described =
        /^AADSTS(\d+): .+ Trace ID: \S{36} Correlation ID: \S{36} Timestamp: \S+ \S+Z$/
      assert.equal(described.exec(answer.error_description ?? '')?.[1], String(code))
      assert.equal(answer.headers.get('x-ms-clitelem'), `1,${code},0,,`)
    })
  }
})
