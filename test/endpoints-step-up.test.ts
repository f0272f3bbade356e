/** A tenant that names an authentication context: query_resources asks for it, through a real client. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeJwt } from 'jose'
import { alice, clients } from '../local/seed.ts'
import { ClaimsCapablePerson } from './support/claims-client.ts'
import { type HostedProduct, startHostedProduct } from './support/hosted-product.ts'
import { mcpClients } from './support/mcp-clients.ts'

let host: HostedProduct
before(async () => {
  host = await startHostedProduct({ STEP_UP_AUTH_CONTEXT: 'c1' })
})
after(() => host.close())

test('signs in once more where the tool asks for it, and is then served', async () => {
  const person = new ClaimsCapablePerson(alice.upn, { client_id: clients.public.clientId })
  const connect = mcpClients['client v2']
  await using client = await connect(`${host.origin}/mcp/resources`, person)
  const signIns = () => host.entra.admin.requests({ kind: 'authorization_code' }).length
  const held = () => decodeJwt(person.held?.access_token ?? '').acrs

  assert.equal((await client.call('find_resources', { limit: 1 })).isError, false)
  assert.deepEqual([signIns(), held()], [1, undefined])

  const query = 'Resources | count'
  assert.equal((await client.call('query_resources', { query })).isError, false)
  assert.deepEqual([signIns(), held()], [2, ['c1']])
  assert.equal((await client.call('query_resources', { query })).isError, false)
  assert.equal(signIns(), 2)
})
