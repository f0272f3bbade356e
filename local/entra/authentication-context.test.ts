/** Authentication contexts at the Entra emulator: requests by `acrs`, requirements, and claims. */
import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { InteractionRequiredAuthError } from '@azure/msal-node'
import { decodeJwt } from 'jose'
import {
  appOrigin,
  armScope,
  authorize,
  type Form,
  token,
} from '../../test/support/entra-client.ts'
import { msal } from '../../test/support/msal.ts'
import { signedInAs } from '../../test/support/signed-in.ts'
import { alice, clients, directory } from '../seed.ts'
import { startEntra } from './server.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => entra.admin.reset())

const acrs = (context: string) =>
  JSON.stringify({ access_token: { acrs: { essential: true, value: context } } })
const signedIn = (upn: string, changes: Form = {}) => signedInAs(entra, upn, changes)
const exchange = (oboAssertion: string, claims = '') =>
  msal(entra).acquireTokenOnBehalfOf({ oboAssertion, claims, scopes: [armScope] })

test('a context is in the token once its requirement is met', async () => {
  const plain = await signedIn(alice.upn)
  assert.equal(decodeJwt(plain.access_token).acrs, undefined)
  const { access_token, refresh_token } = await signedIn(alice.upn, { claims: acrs('c1') })
  assert.deepEqual(decodeJwt(access_token).acrs, ['c1'])
  const form = { grant_type: 'refresh_token', client_id: clients.public.clientId, refresh_token }
  assert.deepEqual(decodeJwt((await token(entra, form)).access_token).acrs, ['c1'])
})

test('the tenant defines a context’s requirement', async () => {
  const context = { id: 'c2', name: 'Managed devices', require: 'compliant_device' as const }
  entra.admin.putAuthenticationContext(context)
  const back = await authorize(entra, { claims: acrs('c2') })
  assert.match(back.get('error_description') ?? '', /^AADSTS53000: /)
  assert.equal(back.get('claims'), acrs('c2'))
  entra.admin.removeAuthenticationContext('c2')
  const unknown = await authorize(entra, { claims: acrs('c2') })
  assert.match(unknown.get('error_description') ?? '', /^AADSTS9002313: /)
})

test('a downstream’s request for a context is passed on until the session meets it', async () => {
  const { access_token } = await signedIn(alice.upn)
  await assert.rejects(exchange(access_token, acrs('c1')), (error) => {
    assert.ok(error instanceof InteractionRequiredAuthError)
    assert.deepEqual([Number(error.errorNo), error.claims], [50076, acrs('c1')])
    return true
  })
  const stronger = await signedIn(alice.upn, { claims: acrs('c1') })
  assert.ok((await exchange(stronger.access_token, acrs('c1')))?.accessToken)
})

test('a context’s id is one of c1 to c99', () => {
  for (const wrong of ['c0', 'c01', 'c100', 'C1', '1']) {
    const context = { id: wrong, name: 'Wrong', require: 'mfa' as const }
    assert.throws(() => entra.admin.putAuthenticationContext(context), /c1 to c99/)
  }
  entra.admin.putAuthenticationContext({ id: 'c99', name: 'Right', require: 'mfa' })
})
