/** A token of the wrong kind: the refusal says what was sent, what is needed, and which setting of a client gives it. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import type { Forgery } from '../local/entra/forge.ts'
import { alice, armClientId, clients, graphClientId } from '../local/seed.ts'
import { challengeOf, costUrl, refusalOf } from './support/mcp-request.ts'
import { type App, type Product, startProduct } from './support/product.ts'

let product: Product
let app: App
before(async () => {
  product = await startProduct()
  app = product.app()
})
after(() => product.close())
beforeEach(() => product.reset())

const foundry = 'https://ai.azure.com'
const otherApp = 'e0000000-0000-4000-8000-00000000000e'

/** What the person at the client reads, in the header as in the body. */
async function refusalTo(forgery: Partial<Forgery>) {
  const answer = await app.call(await product.tokenOf(alice, forgery), 'list_subscriptions')
  const { error, error_description } = refusalOf(answer.text)
  const challenge = challengeOf(answer.headers)
  assert.deepEqual([challenge.error, challenge.error_description], [error, error_description])
  assert.equal(product.exchanges(), 0)
  return { status: answer.status, error, description: error_description }
}

suite('a token for another API', () => {
  const rows: [what: string, forgery: Partial<Forgery>, sent: string, setting: RegExp[]][] = [
    ['Foundry', { claims: { aud: foundry } }, 'Microsoft Foundry', inFoundry()],
    ['Foundry, with a slash', { claims: { aud: `${foundry}/` } }, 'Microsoft Foundry', inFoundry()],
    ['Foundry, v1.0', { version: 1, claims: { aud: foundry } }, 'Microsoft Foundry', inFoundry()],
    [
      'Foundry, of a hosted agent itself',
      { appOnly: true, claims: { aud: foundry } },
      'Microsoft Foundry',
      inFoundry(),
    ],
    ['Graph', { resource: graphClientId }, 'Microsoft Graph', [/scopes in the metadata/]],
    ['Graph, v2.0', { resource: graphClientId, version: 2 }, 'Microsoft Graph', [/not those/]],
    [
      'Azure Resource Manager',
      { resource: armClientId },
      'Azure Resource Manager',
      [/scopes in the metadata/, /az account get-access-token --scope/],
    ],
    [
      'Azure, by its old name',
      { claims: { aud: 'https://management.core.windows.net/' } },
      'Azure Resource Manager',
      [/az account get-access-token --scope/],
    ],
    ['another app', { claims: { aud: otherApp } }, otherApp, []],
    ['two apps', { claims: { aud: [otherApp, foundry] } }, 'something else', []],
    ['what no address looks like', { claims: { aud: '"> x="' } }, 'something else', []],
  ]
  function inFoundry() {
    return [
      /OAuth identity passthrough/,
      /on the connection \(prompt agents\)/,
      /through a toolbox \(hosted agents\)/,
      /identity of an agent cannot act for a user/,
    ]
  }
  for (const [what, forgery, sent, setting] of rows) {
    test(`${what} is refused with its audience, the expected one and how to get that`, async () => {
      const { status, error, description } = await refusalTo(forgery)
      assert.deepEqual([status, error], [401, 'invalid_token'])
      const told = `aud is .*expected ${clients.api.clientId} \\(this API\\), but it is for ${sent}`
      assert.match(description, new RegExp(told))
      for (const words of setting) assert.match(description, words)
      assert.doesNotMatch(description, /requestedAccessTokenVersion/)
    })
  }
})

suite('a v1.0 token', () => {
  const audiences = { 'our address': costUrl, 'our client id': clients.api.clientId }
  for (const [what, aud] of Object.entries(audiences)) {
    test(`for ${what} is refused with the setting that makes it v2.0`, async () => {
      const { status, description } = await refusalTo({ version: 1, claims: { aud } })
      assert.equal(status, 401)
      assert.ok(description.includes(`a v1.0 token, for ${aud}: `), description)
      assert.match(description, /api\.requestedAccessTokenVersion: 2 in its app registration/)
    })
  }
})

suite('a token of an application itself', () => {
  const rows: [what: string, forgery: Partial<Forgery>][] = [
    ['said so', {}],
    ['not said', { omit: ['idtyp'] }],
    ['with our app role', { claims: { roles: ['Cost.Exporter'] } }],
  ]
  for (const [what, forgery] of rows) {
    test(`${what} is 403 and says how to get a token of a user`, async () => {
      const { status, error, description } = await refusalTo({ appOnly: true, ...forgery })
      assert.deepEqual([status, error], [403, 'access_denied'])
      assert.match(description, /by itself \(no scp\).*a signed-in user: send a delegated token/)
      assert.match(description, /not from client credentials or a managed identity/)
      assert.match(description, /OAuth identity passthrough.*toolbox \(hosted agents\)/)
    })
  }
})

test('a token without a valid signature is described no further', async () => {
  for (const key of ['foreign', 'none', 'unknown-kid'] as const) {
    const { description } = await refusalTo({ key, claims: { aud: foundry } })
    assert.doesNotMatch(description, /Foundry|aud|scp/)
  }
})
