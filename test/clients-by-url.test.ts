/**
 * Unmodified MCP clients that know a URL and nothing else: they register themselves or name their metadata document,
 * sign a person in through the authorization server, call, refresh, ask for a scope that is missing, and satisfy a
 * claims challenge of Conditional Access. What each can do stands in docs/clients.md.
 */
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import * as z from 'zod'
import { alice, bob, carolNeedsMfa, clients } from '../local/seed.ts'
import { documentUrl, serveClientDocument } from './support/client-document.ts'
import { assertTrial, tryClient } from './support/client-trials.ts'
import { encode, type Form, verifier } from './support/entra-client.ts'
import { type HostedProduct, startHostedProduct } from './support/hosted-product.ts'
import { mcpClients, Person } from './support/mcp-clients.ts'
import { oauthSettings } from './support/oauth.ts'
import { signIn } from './support/sign-in.ts'
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
      const { said, ...seen } = await tryClient(product, {
        ...{ start, identity },
        registration: clients.signIn.clientId,
      })
      assertTrial({ client: name, by: identity.by, server: 'on', ...seen }, said)
    })
  }
}

// Its transport remembers a sign-in until a request succeeds, and does not sign in again before that.
test('@modelcontextprotocol/sdk, whose token has expired when a second factor is required, fails until any request succeeds', async () => {
  const person = new Person(bob.upn)
  await using client = await mcpClients['client v1'](product.endpoint, person)
  const list = () => client.call('list_subscriptions')
  await list()
  if (person.held) person.held = { ...person.held, access_token: 'ended' }
  product.entra.admin.putPolicy({ ...carolNeedsMfa, id: randomUUID(), users: [bob.oid] })
  for (const _ of [1, 2]) await assert.rejects(list(), /401 after successful authentication/)
  assert.equal(person.signIns, 1)
  await client.tools()
  assert.equal((await list()).isError, false)
  assert.equal(person.signIns, 2)
})

// Some send `resource` and qualified scopes in spite of the metadata, in the token request too.
for (const [spelling, scope] of [
  ['short scopes', () => 'cost.read'],
  ['scopes as Entra has them', () => `${product.endpoint}/cost.read openid offline_access`],
] as const) {
  test(`a gateway that always sends resource and ${spelling} signs in`, async () => {
    const { origin, endpoint: resource } = product
    const redirect_uri = 'http://localhost:9000/callback'
    const registered = await fetch(`${origin}/oauth/register`, {
      method: 'POST',
      body: JSON.stringify({ client_name: 'Gateway', redirect_uris: [redirect_uri] }),
    })
    const { client_id } = z.object({ client_id: z.string() }).parse(await registered.json())
    const authorize = new URL(`${origin}/oauth/authorize`)
    authorize.search = encode({
      ...{ client_id, redirect_uri, resource: `${resource}/`, scope: scope() },
      response_type: 'code',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      prompt: 'consent',
    }).toString()
    const back = await signIn(authorize, alice.upn)
    const form = { client_id, resource, scope: scope(), redirect_uri, code_verifier: verifier }
    const tokens = async (more: Form) => {
      const body = encode({ ...form, ...more })
      const response = await fetch(`${origin}/oauth/token`, { method: 'POST', body })
      return given.parse(await response.json())
    }
    const code = back.searchParams.get('code') ?? ''
    const first = await tokens({ grant_type: 'authorization_code', code })
    const { refresh_token } = first
    const second = await tokens({ grant_type: 'refresh_token', refresh_token })
    for (const { access_token } of [first, second]) {
      const { isError } = await product.result(access_token, 'list_subscriptions')
      assert.equal(isError, false)
    }
  })
}
const given = z.object({ access_token: z.string(), refresh_token: z.string() })

test('the document of a client is read once for all sign-ins', () => {
  assert.equal(document.fetched(), 1)
})
