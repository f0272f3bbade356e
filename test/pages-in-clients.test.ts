/** Pages of tools (MCP Apps): which clients learn of them and get them, while answers to others stay the same. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as v2 from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import * as z from 'zod'
import { directory } from '../functions/directory.ts'
import { makePackage } from '../infra/hooks/make-package.ts'
import { buildPages } from '../local/pages.ts'
import { alice } from '../local/seed.ts'
import { type HostedProduct, startHostedProduct } from './support/hosted-product.ts'
import { eras, rpcErrorOf } from './support/mcp-request.ts'
import { costTools, type Product, startProduct } from './support/product.ts'

const local = fileURLToPath(new URL('../.local', import.meta.url))
const uri = 'ui://cost/chart'
const extension = 'io.modelcontextprotocol/ui'
const mimeType = 'text/html;profile=mcp-app'

const read = z.object({
  contents: z.tuple([
    z.object({
      ...{ uri: z.literal(uri), mimeType: z.literal(mimeType), text: z.string() },
      _meta: z.object({ ui: z.object({ csp: z.record(z.string(), z.array(z.string())) }) }),
    }),
  ]),
})

suite('unmodified clients', () => {
  let product: HostedProduct
  before(async () => {
    product = await startHostedProduct()
  })
  after(() => product.close())

  const info = { name: 'test', version: '1' }
  const capabilities = { extensions: { [extension]: { mimeTypes: [mimeType] } } }
  const v2Client = async (
    options: v2.ClientOptions,
    url: string,
    headers: Record<string, string>,
  ) => {
    const client = new v2.Client(info, options)
    await client.connect(
      new v2.StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }),
    )
    return client
  }
  const clients = {
    'client v2': (url: string, headers: Record<string, string>) =>
      v2Client({ capabilities }, url, headers),
    'client v2, 2026-07-28': (url: string, headers: Record<string, string>) =>
      v2Client({ capabilities, versionNegotiation: { mode: { pin: '2026-07-28' } } }, url, headers),
    'client v1': async (url: string, headers: Record<string, string>) => {
      const client = new ClientV1(info)
      await client.connect(new TransportV1(new URL(url), { requestInit: { headers } }))
      return client
    },
  }

  for (const [name, connect] of Object.entries(clients)) {
    const connected = async (endpoint: string) => {
      const authorization = `Bearer ${await product.tokenOf(alice)}`
      const client = await connect(`${product.origin}/mcp/${endpoint}`, { authorization })
      return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() })
    }

    test(`${name} finds the page by a tool, lists it and reads it`, async () => {
      await using client = await connected('cost')
      assert.ok(client.getServerCapabilities()?.resources)
      const { tools } = await client.listTools()
      const pages = tools.map((tool) => [tool.name, tool._meta])
      const meta = { ui: { resourceUri: uri }, 'ui/resourceUri': uri }
      assert.deepEqual(pages, [
        ['list_subscriptions', undefined],
        ['cost_by_service', meta],
        ['compare_costs', meta],
        ['cost_forecast', meta],
        ['list_budgets', meta],
        ['cost_export', undefined],
      ])
      const { resources } = await client.listResources()
      assert.deepEqual(
        resources.map((it) => [it.uri, it.title, it.mimeType]),
        [[uri, 'Azure costs', mimeType]],
      )
      // Written again for the first two, then inserted as text.
      for (const _ of [1, 2, 3, 4]) {
        const [page] = read.parse(await client.readResource({ uri })).contents
        assert.match(page.text, /^<!doctype html>/)
        assert.ok(Object.values(page._meta.ui.csp).every((origins) => origins.length === 0))
      }
    })

    test(`${name} sees no resources where no tool has a page`, async () => {
      await using client = await connected('directory')
      const { resources, extensions } = z
        .looseObject({ resources: z.unknown(), extensions: z.unknown() })
        .parse({ resources: undefined, extensions: undefined, ...client.getServerCapabilities() })
      assert.deepEqual([resources, extensions], [undefined, undefined])
      const { tools } = await client.listTools()
      assert.ok(tools.every(({ _meta }) => _meta === undefined))
    })
  }

  test('the capability names the extension', async () => {
    const authorization = `Bearer ${await product.tokenOf(alice)}`
    const client = await clients['client v2'](product.endpoint, { authorization })
    assert.deepEqual(client.getServerCapabilities()?.extensions, { [extension]: {} })
    await client.close()
  })
})

suite('resources/list and resources/read', () => {
  let product: Product
  before(async () => {
    await buildPages()
    product = await startProduct()
  })
  after(() => product.close())

  for (const [era, message] of eras) {
    const list = () => message({ method: 'resources/list' })
    const readPage = (asked: string) =>
      message({ method: 'resources/read', params: { uri: asked } }, { 'mcp-name': asked })

    test(`${era}: a page is for validated callers only`, async () => {
      const app = product.app()
      for (const request of [list(), readPage(uri)]) {
        const { status, headers, text } = await app.send(request)
        assert.equal(status, 401)
        assert.match(headers.get('www-authenticate') ?? '', /^Bearer .*resource_metadata=/)
        assert.doesNotMatch(text, /html/)
      }
    })

    test(`${era}: a caller without the scope may read the page, which holds no data`, async () => {
      const app = product.app()
      const token = await product.tokenOf(alice, { scopes: ['cost.export'] })
      assert.equal((await app.send(readPage(uri), token)).status, 200)
      const { status, headers } = await app.call(token, 'cost_by_service', {}, message)
      assert.equal(status, 403)
      assert.match(headers.get('www-authenticate') ?? '', /insufficient_scope/)
      assert.equal(product.exchanges(), 0)
    })

    for (const [what, asked] of [
      ['another URI', 'ui://cost/other'],
      ['a path out of the folder', 'ui://cost/../../package.json'],
      ['a file', 'file:///etc/passwd'],
      ['the name of the page', 'cost-chart'],
    ] as const) {
      test(`${era}: ${what} is an unknown resource`, async () => {
        const { text, log } = await product
          .app()
          .send(readPage(asked), await product.tokenOf(alice))
        assert.equal(rpcErrorOf(text).code, -32602)
        assert.deepEqual(log, [])
      })
    }

    test(`${era}: a URI longer than any is not repeated`, async () => {
      const request = readPage(`ui://${'x'.repeat(1100)}`)
      const { status, text } = await product.app().send(request, await product.tokenOf(alice))
      assert.equal(status, 400)
      assert.doesNotMatch(text, /xxx/)
    })

    test(`${era}: an endpoint without pages does not announce resources`, async () => {
      const app = product.app({ definition: directory })
      const token = await product.tokenOf(alice)
      for (const request of [list(), readPage(uri)]) {
        const { text } = await app.send(request, token)
        assert.equal(rpcErrorOf(text).code, -32601)
      }
    })

    test(`${era}: a page that was not built is logged, and is looked for again`, async () => {
      const tools = costTools.map((tool) =>
        tool.ui ? { ...tool, ui: { ...tool.ui, page: 'no-such-page' } } : tool,
      )
      const app = product.app({ tools })
      const token = await product.tokenOf(alice)
      for (const _ of [1, 2]) {
        const { status, text, log } = await app.send(readPage(uri), token)
        assert.equal(status, 500)
        assert.doesNotMatch(text, /no-such-page/)
        assert.match(log.join(), /ENOENT/)
      }
    })
  }
})

suite('the package for Azure', () => {
  test('has the page beside the bundle', async (t) => {
    // Within the repository, as its `type` says how the bundle is to be loaded.
    await mkdir(local, { recursive: true })
    const folder = await mkdtemp(join(local, 'package-'))
    t.after(() => rm(folder, { recursive: true }))
    await makePackage(folder)
    const bundle = join(folder, 'dist/functions/main.js')
    const product = await startHostedProduct({}, { bundle })
    t.after(product.close)
    const client = new v2.Client({ name: 'test', version: '1' })
    const authorization = `Bearer ${await product.tokenOf(alice)}`
    await client.connect(
      new v2.StreamableHTTPClientTransport(new URL(product.endpoint), {
        requestInit: { headers: { authorization } },
      }),
    )
    await rm(join(folder, 'dist/pages'), { recursive: true })
    await assert.rejects(client.readResource({ uri }))
    await buildPages(join(folder, 'dist/pages'))
    const [page] = read.parse(await client.readResource({ uri })).contents
    assert.match(page.text, /^<!doctype html>/)
    await client.close()
  })
})

test('a page is one file, whose policy names its own script and style and nothing else', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'pages-'))
  t.after(() => rm(folder, { recursive: true }))
  const sizes = await buildPages(folder)
  assert.deepEqual([...sizes.keys()], ['cost-chart'])
  assert.ok((sizes.get('cost-chart') ?? 0) < 450_000)
  const page = await readFile(join(folder, 'cost-chart.html'), 'utf8')
  const [script = '', style = ''] = ['script', 'style'].map(
    (element) => new RegExp(`<${element}[^>]*>(.*?)</${element}>`, 's').exec(page)?.[1],
  )
  const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]
  assert.deepEqual(policy?.split('; '), [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ])
  assert.doesNotMatch(page.replace(script, ''), / (src|href|style|on\w+)=/)
})
