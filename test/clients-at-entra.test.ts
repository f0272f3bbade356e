/**
 * The same clients without the authorization server: they sign people in at Entra, by the id of a registration or, in
 * Entra's preview, by the URL of their metadata document. With the endpoint's URL alone, none can sign in.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, beforeEach, test } from 'node:test'
import { clients } from '../local/seed.ts'
import { documentClient, documentUrl } from './support/client-document.ts'
import { assertTrial, tryClient } from './support/client-trials.ts'
import { authorize } from './support/entra-client.ts'
import { type HostedProduct, startHostedProduct } from './support/hosted-product.ts'
import { type Identity, triedClients } from './support/tried-clients.ts'

let product: HostedProduct
before(async () => {
  product = await startHostedProduct()
})
after(() => product?.close())
beforeEach(() => product.reset())

const { clientId } = clients.public
const identities: readonly Identity[] = [
  { by: 'DCR' },
  { by: 'CIMD', documentUrl },
  { by: 'client id', clientId },
]

for (const { name, start, identifies } of triedClients) {
  for (const identity of identities.filter(({ by }) => identifies.includes(by))) {
    test(`${name}, ${identity.by}: does at Entra what docs/clients.md says`, async () => {
      const isDocument = identity.by === 'CIMD'
      if (isDocument) product.entra.admin.putApp(documentClient)
      const registration = isDocument ? documentClient.clientId : clientId
      const { said, ...seen } = await tryClient(product, { start, identity, registration })
      assertTrial({ client: name, by: identity.by, server: 'off', ...seen }, said)
    })
  }
}

test('a client that sends resource fails on a default host with AADSTS9010010', async () => {
  const prefix = 'api://contoso/mcp'
  const { entra } = product
  entra.admin.updateApp(clients.api.clientId, { identifierUris: [prefix] })
  const resource = 'https://app.azurewebsites.net/mcp/cost'
  const scope = `${prefix}/cost.read`
  const refused = await authorize(entra, { scope, resource })
  assert.equal(refused.get('code'), null)
  assert.equal(refused.get('error'), 'invalid_target')
  assert.match(refused.get('error_description') ?? '', /^AADSTS9010010: /)
  assert.ok((await authorize(entra, { scope })).get('code'))

  for (const page of ['README.md', 'docs/clients.md', 'docs/refusals.md']) {
    const text = readFileSync(new URL(`../${page}`, import.meta.url), 'utf8')
    assert.ok(text.includes('9010010'), page)
  }
})
