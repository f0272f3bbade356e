/** How the app proves itself to Entra: each of the three ways ends in a token for the user. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { alice, clients, directory } from '../local/seed.ts'
import { type Certificate, selfSignedCertificate } from './support/certificate.ts'
import { appOrigin } from './support/entra-client.ts'
import { type Product, startProduct } from './support/product.ts'

let product: Product
const [identity] = directory(appOrigin).managedIdentities
assert.ok(identity)
before(async () => {
  product = await startProduct()
  // App Service tells its apps so where their identity is (api-version 2019-08-01).
  process.env.IDENTITY_ENDPOINT = `${product.entra.origin}/msi/token`
  process.env.IDENTITY_HEADER = product.entra.identityHeader
})
after(() => product.close())
beforeEach(() => product.reset())

const register = (certificates: Certificate[]) =>
  product.entra.admin.updateApp(clients.api.clientId, {
    secrets: [],
    certificates: certificates.map(({ certificate }) => certificate),
    federatedCredentials: [
      {
        issuer: `${product.entra.origin}/${product.entra.tenantId}/v2.0`,
        subject: identity.principalId,
        audience: 'api://AzureADTokenExchange',
      },
    ],
  })

/** An app with this credential, and what it sends to the token endpoint. */
function appWith(settings: Record<string, string>) {
  const sent: URLSearchParams[] = []
  const app = product.app({
    settings: { ENTRA_CLIENT_SECRET: '', ...settings },
    fetch(input, init) {
      if (init?.method === 'POST') sent.push(new URLSearchParams(String(init.body)))
      return fetch(input, init)
    },
  })
  const call = async () => app.result(await product.tokenOf(alice), 'list_subscriptions')
  return { sent, call }
}

test('a certificate signs for the app, and its key stays here', async () => {
  const ours = selfSignedCertificate()
  register([ours])
  const { sent, call } = appWith({
    ENTRA_CLIENT_CERTIFICATE: ours.certificate + ours.privateKey,
  })
  assert.equal((await call()).isError, false)
  assert.ok(sent[0]?.has('client_assertion'))
  assert.equal(sent[0]?.has('client_secret'), false)
  const [, keyLine = ''] = ours.privateKey.split('\n')
  const header = (sent[0]?.get('client_assertion') ?? '').split('.')[0] ?? ''
  assert.ok(!Buffer.from(header, 'base64url').toString().includes(keyLine))
})

test('a certificate that is not registered is the operator’s to mend', async () => {
  const theirs = selfSignedCertificate()
  register([selfSignedCertificate()])
  const { call } = appWith({
    ENTRA_CLIENT_CERTIFICATE: theirs.certificate + theirs.privateKey,
  })
  const { isError, text } = await call()
  assert.ok(isError)
  assert.match(text, /AADSTS700027.*operator/)
})

test('a managed identity signs for the app, asked once for many exchanges', async () => {
  register([])
  const { sent, call } = appWith({ ENTRA_MANAGED_IDENTITY_CLIENT_ID: identity.clientId })
  for (const _ of [1, 2, 3]) assert.equal((await call()).isError, false)
  assert.equal(sent.length, 3)
  assert.ok(sent.every((form) => form.has('client_assertion') && !form.has('client_secret')))
  assert.equal(product.entra.admin.requests({ kind: 'managed_identity' }).length, 1)
})

test('a managed identity that the app does not trust is the operator’s to mend', async () => {
  product.entra.admin.updateApp(clients.api.clientId, { federatedCredentials: [] })
  const { call } = appWith({ ENTRA_MANAGED_IDENTITY_CLIENT_ID: identity.clientId })
  const { isError, text } = await call()
  assert.ok(isError)
  assert.match(text, /AADSTS70021\d.*operator/)
})
