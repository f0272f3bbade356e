/** The hosted agent of docs/hosted-agent/ with an emulated toolbox, whose connection reaches the endpoint. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, beforeEach, test } from 'node:test'
import * as z from 'zod'
import { hostedAgent } from '../docs/hosted-agent/agent.ts'
import { alice, bob, clients, subscriptions, type User } from '../local/seed.ts'
import { createToolbox, ToolboxError } from './support/foundry/toolbox.ts'
import { type Product, startProduct } from './support/product.ts'

const consentLink = 'https://logic-apis-westeurope.consent.azure-apim.net/login?data=x'
const message = z.object({
  method: z.string(),
  params: z.object({
    name: z.string().default(''),
    arguments: z.record(z.string(), z.unknown()).optional(),
  }),
})

let product: Product
let toolbox: ReturnType<typeof createToolbox>
/** Bearer tokens that the toolbox received. */
let bearers: (string | null)[]
/** The user of each call id of Foundry. */
const calls: Record<string, User> = { 'call-alice': alice, 'call-bob': bob }

before(async () => {
  product = await startProduct()
})
after(() => product.close())
beforeEach(() => {
  product.reset()
  bearers = []
  toolbox = createToolbox({ label: 'costs', server: product.app().send, consentLink })
})

/** The toolbox over HTTP: the call id names the user, the agent's own token authenticates it. */
const toolboxOverHttp: typeof fetch = async (input, init) => {
  const request = new Request(input, init)
  bearers.push(request.headers.get('authorization'))
  const user = calls[request.headers.get('x-agent-foundry-call-id') ?? '']
  if (!user)
    return Response.json({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32001, message: 'no such call' },
    })
  const { method, params } = message.parse(await request.json())
  try {
    if (method === 'tools/list') {
      return Response.json({ jsonrpc: '2.0', id: 1, result: { tools: await toolbox.list(user) } })
    }
    return new Response(await toolbox.call(user, params.name, params.arguments))
  } catch (error) {
    assert.ok(error instanceof ToolboxError)
    return Response.json({
      jsonrpc: '2.0',
      id: 1,
      error: { code: error.code, message: error.message },
    })
  }
}

const agent = hostedAgent({
  toolbox:
    'https://contoso.services.ai.azure.com/api/projects/finance/toolboxes/costs/mcp?api-version=v1',
  token: async () => 'the-agents-own',
  fetch: toolboxOverHttp,
})
const ask = async (callId: string, input: string) => {
  const answer = await agent(
    new Request('http://localhost:8088/responses', {
      method: 'POST',
      headers: { 'x-agent-foundry-call-id': callId },
      body: JSON.stringify({ input }),
    }),
  )
  return answer.text()
}

test('the agent has fewer than a hundred lines', () => {
  const text = readFileSync(new URL('../docs/hosted-agent/agent.ts', import.meta.url), 'utf8')
  assert.ok(text.split('\n').length < 100)
})

test('a person without consent gets the link, and then their own data', async () => {
  for (const [callId, user] of Object.entries(calls)) {
    assert.deepEqual(JSON.parse(await ask(callId, 'list_subscriptions')).output, [
      { type: 'oauth_consent_request', consent_link: consentLink },
    ])
    const client = clients.confidential.clientId
    toolbox.consented(user, await product.tokenOf(user, { client, scopes: ['cost.read'] }))
  }
  for (const [callId, user] of Object.entries(calls)) {
    const said = await ask(callId, 'list_subscriptions')
    for (const { id, readers } of subscriptions) {
      assert.equal(said.includes(id), readers.includes(user.oid))
    }
  }
})

test('the agent sends its own token only, and reveals none', async () => {
  toolbox.consented(alice, await product.tokenOf(alice, { scopes: ['cost.read'] }))
  const said = await ask('call-alice', 'list_subscriptions')
  assert.deepEqual([...new Set(bearers)], ['Bearer the-agents-own'])
  assert.doesNotMatch(said, /eyJ|the-agents-own/)
})

test('the agent reports ready, and knows its tools only', async () => {
  assert.equal((await agent(new Request('http://localhost/readiness'))).status, 200)
  assert.equal((await agent(new Request('http://localhost/elsewhere'))).status, 404)
  toolbox.consented(alice, await product.tokenOf(alice, { scopes: ['cost.read'] }))
  assert.match(await ask('call-alice', 'something'), /I have costs___list_subscriptions, /)
  await assert.rejects(ask('unknown-call', 'list_subscriptions'), /no such call/)
})
