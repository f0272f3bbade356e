/** Entra's preview of client id metadata documents: off until a script registers a client that has one. */
import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { decodeJwt } from 'jose'
import * as z from 'zod'
import { documentClient, documentUrl } from '../../test/support/client-document.ts'
import {
  appOrigin,
  authorize,
  authorizeUrl,
  codeForm,
  token,
} from '../../test/support/entra-client.ts'
import { signIn } from '../../test/support/sign-in.ts'
import { alice, clients, directory, tenantId } from '../seed.ts'
import { startEntra } from './server.ts'

const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => entra.admin.reset())

const metadata = z.looseObject({
  client_id_metadata_document_supported: z.boolean().optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()),
})
async function discovered() {
  const url = `${entra.origin}/${tenantId}/v2.0/.well-known/openid-configuration`
  const found = metadata.parse(await (await fetch(url)).json())
  return [
    found.client_id_metadata_document_supported,
    found.token_endpoint_auth_methods_supported.includes('none'),
  ]
}

test('it is off: a URL is not a client id, and discovery does not mention it', async () => {
  assert.deepEqual(await discovered(), [undefined, false])
  const page = await fetch(authorizeUrl(entra, { client_id: documentUrl }))
  assert.match(await page.text(), /AADSTS700016/)
})

test('over HTTP a script turns it on, for an https document', async () => {
  const put = (body: object) =>
    fetch(`${entra.origin}/admin/apps`, { method: 'PUT', body: JSON.stringify(body) })
  assert.equal((await put({ ...documentClient, documentUrl: 'http://x.example/c' })).status, 400)
  assert.equal((await put(documentClient)).status, 204)
  assert.deepEqual(await discovered(), [true, true])
})

test('the client signs a user in, who consents to it; tokens have its registered id', async () => {
  entra.admin.putApp(documentClient)
  const redirect_uri = 'http://localhost:9000/callback'
  const asked = authorizeUrl(entra, { client_id: documentUrl, redirect_uri })
  const back = await signIn(asked, alice.upn)
  const { client_id: _, ...form } = await codeForm(entra)
  const code = back.searchParams.get('code') ?? ''
  const answer = await token(entra, { ...form, client_id: documentUrl, code, redirect_uri })
  assert.equal(decodeJwt(answer.access_token).azp, documentClient.clientId)
  const state = entra.admin.state()
  assert.ok(state.grants.some(({ client }) => client === documentClient.clientId))
})

test('it is a public client: PKCE is required, and a secret refused', async () => {
  entra.admin.putApp(documentClient)
  const without = await authorize(entra, {
    client_id: documentUrl,
    code_challenge: undefined,
    code_challenge_method: undefined,
  })
  assert.match(without.get('error_description') ?? '', /AADSTS9002325/)
  const form = await codeForm(entra)
  const refused = await token(entra, { ...form, client_id: documentUrl, client_secret: 'x' })
  assert.deepEqual(refused.error_codes, [700025])
})

test('without user consent, an administrator must consent to it', async () => {
  entra.admin.putApp(documentClient)
  entra.admin.setUserConsent(false)
  const asked = { client_id: documentUrl }
  assert.match((await authorize(entra, asked)).get('error_description') ?? '', /AADSTS90094/)
  entra.admin.putGrant({
    client: documentClient.clientId,
    resource: clients.api.clientId,
    scopes: ['cost.read'],
    user: 'everyone',
  })
  assert.ok((await authorize(entra, asked)).get('code'))
})
