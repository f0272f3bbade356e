/** The pages for a person at `/` and at an endpoint's URL: which requests get them, and which values they show. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { cost } from '../functions/cost.ts'
import { endpoints } from '../functions/endpoints.ts'
import { urlGuides } from '../infra/clients/by-url.ts'
import { graph } from '../shared/downstreams.ts'
import { html } from '../shared/http/html.ts'
import { defineEndpoint, downstreamsOf } from '../shared/mcp/define-endpoint.ts'
import { endpointPage } from '../shared/mcp/endpoint-page.ts'
import { createServices } from '../shared/services.ts'
import { parseSettings } from '../shared/settings.ts'
import { type HostedProduct, startHostedProduct } from './support/hosted-product.ts'
import { oauthSettings } from './support/oauth.ts'

let host: HostedProduct
before(async () => {
  host = await startHostedProduct()
})
after(() => host?.close())

const get = (path: string, accept: string) =>
  fetch(`${host.origin}${path}`, { headers: { accept } })
const ofBrowser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

suite('the start page and endpoint pages', () => {
  test('a browser at / gets a list of the endpoints', async () => {
    const response = await get('/', ofBrowser)
    assert.equal(response.status, 200)
    assert.match(response.headers.get('content-security-policy') ?? '', /^default-src 'none'/)
    const text = await response.text()
    for (const { name } of endpoints) assert.ok(text.includes(`href="/mcp/${name}"`), name)
  })

  test('a browser at an endpoint gets its tools, with their scopes and roles', async () => {
    for (const { name, tools } of endpoints) {
      const response = await get(`/mcp/${name}`, ofBrowser)
      assert.equal(response.status, 200)
      const text = await response.text()
      for (const tool of tools) {
        assert.ok(text.includes(`>${tool.name}</code>`), tool.name)
        const needs = [...tool.access.scopes, ...tool.access.roles]
        for (const { value } of needs) assert.ok(text.includes(`>${value}</code>`), value)
      }
    }
  })

  test('a browser that asks by HEAD gets the answer to its GET', async () => {
    const headers = { accept: ofBrowser }
    const { status } = await fetch(`${host.origin}/mcp/cost`, { method: 'HEAD', headers })
    assert.equal(status, 200)
  })

  const others = [
    ...['*/*', 'text/event-stream', 'application/json, text/event-stream'],
    ...['text/html;q=0', 'application/json, text/html ; q=0.00, */*'],
  ]
  for (const accept of others) {
    test(`a client that asks for ${accept} gets no page`, async () => {
      const response = await get('/mcp/cost', accept)
      assert.equal(response.status, 405)
      assert.equal(response.headers.get('allow'), 'POST, OPTIONS')
    })
  }
})

const pageWith = (changes: Record<string, string>, definition = cost) => {
  const environment = { ...host.environment, ...changes }
  const settings = parseSettings(environment, [graph, ...downstreamsOf(endpoints)])
  return endpointPage(definition, createServices(settings, { log: () => {} })).text()
}
const links = (text: string) =>
  [...text.matchAll(/<a class="button" href="([^"]*)"/g)].map(([, href = '']) =>
    href.replaceAll('&amp;', '&'),
  )

test('with the authorization server clients need the URL only', async () => {
  const text = await pageWith(oauthSettings)
  const [vsCode = '', cursor = ''] = links(text)
  assert.deepEqual(JSON.parse(decodeURIComponent(vsCode.replace('vscode:mcp/install?', ''))), {
    name: 'cost',
    type: 'http',
    url: host.endpoint,
  })
  const { host: authority, pathname, searchParams } = new URL(cursor)
  assert.equal(`${authority}${pathname}`, 'anysphere.cursor-deeplink/mcp/install')
  assert.equal(searchParams.get('name'), 'cost')
  const config = Buffer.from(searchParams.get('config') ?? '', 'base64').toString()
  assert.deepEqual(JSON.parse(config), { url: host.endpoint })

  const guide = urlGuides.find(({ client }) => client === 'Claude Code')
  const code = guide?.code({ name: 'cost', url: host.endpoint, scopes: ['x'] }).text.slice(2) ?? ''
  assert.ok(code && text.includes(`<code>${code}</code>`), code)
  assert.doesNotMatch(text, /client id&gt;/)
})

test('without the authorization server the page gives Entra’s addresses and scopes', async () => {
  const text = await pageWith({})
  assert.equal(links(text).length, 1)
  assert.match(text, /--client-id &lt;client id&gt; cost http/)
  assert.ok(text.includes(`<code>${host.endpoint}/cost.read offline_access</code>`))
  assert.match(text, /\/oauth2\/v2\.0\/authorize<\/code>/)
})

test('texts of an endpoint are escaped', async () => {
  const title = '<script>alert(1)</script>"&'
  const text = await pageWith({}, defineEndpoint({ name: 'hostile', title, tools: [] }))
  assert.ok(!text.includes('<script'))
  assert.ok(text.includes(html`<h1>${title}</h1>`.text))
})
