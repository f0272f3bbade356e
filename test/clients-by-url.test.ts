/**
 * Unmodified MCP clients that know a URL and nothing else: they register themselves or name their metadata document,
 * sign a person in through the authorization server, call, refresh, ask for a scope that is missing, and satisfy a
 * demand of Conditional Access. What each can do stands in docs/clients.md.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { documentUrl, serveClientDocument } from './support/client-document.ts'
import { assertTrial, tryClient } from './support/client-trials.ts'
import { type HostedProduct, startHostedProduct } from './support/hosted-product.ts'
import { oauthSettings } from './support/oauth.ts'
import { type Identity, triedClients } from './support/tried-clients.ts'

let document: Awaited<ReturnType<typeof serveClientDocument>>
let product: HostedProduct
before(async () => {
  document = await serveClientDocument()
  product = await startHostedProduct(oauthSettings, { publicGet: document.get })
})
after(async () => {
  await product?.close()
  await document?.close()
})

const identities: readonly Identity[] = [{ by: 'DCR' }, { by: 'CIMD', documentUrl }]

for (const { name, start, identifies } of triedClients) {
  for (const identity of identities.filter(({ by }) => identifies.includes(by))) {
    test(`${name}, ${identity.by}: signs in, calls, refreshes, steps up`, async () => {
      const { said, ...seen } = await tryClient(product, start, identity)
      assertTrial({ client: name, by: identity.by, server: 'on', ...seen }, said)
    })
  }
}

test('the document of a client is read once for all sign-ins', () => {
  assert.equal(document.fetched(), 1)
})
