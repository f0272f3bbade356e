/** A list of tools is serialised once, and answers are the same as if each request had its own. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { alice } from '../local/seed.ts'
import { eras, post } from './support/mcp-request.ts'
import { type Product, startProduct } from './support/product.ts'

let product: Product
before(async () => {
  product = await startProduct()
})
after(() => product.close())

for (const [era, message] of eras) {
  suite(era, () => {
    const list = (id: unknown) => {
      const request = message({ method: 'tools/list' })
      return request.text().then((text) => {
        const headers = Object.fromEntries(request.headers)
        return post(JSON.stringify({ ...JSON.parse(text), id }), headers)
      })
    }

    test('the third and fourth answer differ from the first in the id only', async () => {
      const app = product.app()
      const token = await product.tokenOf(alice)
      const answers = []
      for (const id of [1, 2, 3, '"tools":[]']) {
        const { status, headers, text } = await app.send(await list(id), token)
        const { id: answered, ...answer } = JSON.parse(text)
        assert.deepEqual([status, answered], [200, id])
        answers.push({ ...answer, type: headers.get('content-type') })
      }
      const [first, ...others] = answers
      assert.ok(first.result.tools.length > 0)
      for (const other of others) assert.deepEqual(other, first)
    })

    test('callers with other roles get their own list', async () => {
      const app = product.app()
      const exporting = await product.tokenOf(alice, { claims: { roles: ['Cost.Exporter'] } })
      const plain = await product.tokenOf(alice, { claims: { roles: [] } })
      for (const _ of [1, 2, 3]) {
        const ofExporter = await app.send(await list(1), exporting)
        assert.doesNotMatch(ofExporter.text, /lacks the app role/)
        const others = await app.send(await list(1), plain)
        assert.match(others.text, /lacks the app role/)
      }
    })

    test('the SDK judges each request as it did the first', async () => {
      const app = product.app()
      const token = await product.tokenOf(alice)
      for (const _ of [1, 2, 3]) await app.send(await list(1), token)
      const unsupported = await app.send(
        message({ method: 'tools/list' }, { 'mcp-protocol-version': '1999-01-01' }),
        token,
      )
      assert.equal(unsupported.status, 400)
      assert.doesNotMatch(unsupported.text, /list_subscriptions/)
    })
  })
}
