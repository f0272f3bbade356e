/** A tool can sign text that it gives out: the signature is valid for that tool and that user only. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as z from 'zod'
import { alice, bob } from '../local/seed.ts'
import { arm } from '../shared/downstreams.ts'
import { defineTool } from '../shared/mcp/tool.ts'
import { scope } from './support/permissions.ts'
import { type Product, startProduct } from './support/product.ts'

let product: Product
before(async () => {
  product = await startProduct()
})
after(() => product.close())

const toolOf = (name: string) =>
  defineTool({
    name,
    description: 'Signs a text, or says whether a signature holds.',
    effect: 'reads',
    access: scope('cost.read'),
    downstream: arm,
    input: z.strictObject({ text: z.string(), signature: z.string().optional() }),
    output: z.object({ signature: z.string(), holds: z.boolean() }),
    run: async ({ input: { text, signature = '' }, binding }) => ({
      signature: binding.sign(text),
      holds: binding.verify(text, signature),
    }),
  })

test('a signature is valid for its tool, user and text, on every instance with the same keys', async () => {
  const key = { kid: 'a', key: Buffer.alloc(32, 1).toString('base64url') }
  const settings = { ENCRYPTION_KEYS: JSON.stringify([key]) }
  const tools = [toolOf('first_tool'), toolOf('second_tool')]
  const [app, another] = [product.app({ settings, tools }), product.app({ settings, tools })]
  const [hers, his] = [await product.tokenOf(alice), await product.tokenOf(bob)]

  const given = await app.result(hers, 'first_tool', { text: 'operation 7' })
  const { signature } = z.object({ signature: z.string() }).parse(given.data)
  const holds = async (...[on, token, tool, text]: [typeof app, string, string, string]) => {
    const { data } = await on.result(token, tool, { text, signature })
    return z.object({ holds: z.boolean() }).parse(data).holds
  }
  assert.equal(await holds(app, hers, 'first_tool', 'operation 7'), true)
  assert.equal(await holds(another, hers, 'first_tool', 'operation 7'), true)
  assert.equal(await holds(app, his, 'first_tool', 'operation 7'), false)
  assert.equal(await holds(app, hers, 'second_tool', 'operation 7'), false)
  assert.equal(await holds(app, hers, 'first_tool', 'operation 8'), false)
})
