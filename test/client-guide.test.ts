/** docs/clients.md matches infra/clients/, which matches the endpoint and the templates. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import { parse } from 'yaml'
import * as z from 'zod'
import { clientsPage, example as exampleOf, guides } from '../generate/clients-page.ts'
import { clientValues, clientValuesSchema } from '../infra/clients/values.ts'
import permissions from '../infra/permissions.json' with { type: 'json' }
import { clients, tenantId } from '../local/seed.ts'
import { type Product, startProduct } from './support/product.ts'

const textOf = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const example = exampleOf(permissions)
const [cost] = example.endpoints
assert.ok(cost)

test('docs/clients.md is what npm run generate writes', () => {
  assert.equal(textOf('docs/clients.md'), clientsPage(example))
  assert.doesNotMatch(clientsPage(example), /undefined/)
})

test('the page follows the values: no example value is left', () => {
  const others = clientValues({
    tenantId: '22222222-2222-4222-8222-222222222222',
    apiClientId: 'a0000000-0000-4000-8000-000000000002',
    clientId: 'c0000000-0000-4000-8000-000000000002',
    authorityHost: 'https://login.microsoftonline.us',
    publicBaseUrl: 'https://fabrikam.example',
    appIdUri: undefined,
    endpoints: [{ name: 'directory', scopes: ['directory.read'] }],
  })
  // One sentence names a domain as an example.
  const page = clientsPage(others).replace('CUSTOM_DOMAIN mcp.contoso.com', '')
  for (const own of ['mcp.contoso.com', '11111111-', example.clientId, '/mcp/cost', 'cost.read']) {
    assert.ok(!page.includes(own), own)
  }
})

for (const guide of guides) {
  suite(guide.client, () => {
    const steps = guide.steps(example, cost)

    test('names the endpoint, or the command that does', () => {
      const text = JSON.stringify(steps)
      assert.ok(text.includes(cost.url) || text.includes('npm run connect:foundry'))
    })

    test('has well-formed texts to paste', () => {
      for (const { code } of steps) {
        if (code?.language === 'json') JSON.parse(code.text)
        if (code?.language === 'yaml') parse(code.text)
        if (code?.language === 'console')
          assert.match(code.text, /^\$ (CLIENT_ID=\$\()?(az|azd|npm|npx|claude|pip) /)
      }
    })

    test('has a source for each limit', () => {
      assert.ok(guide.limits.length > 0)
      for (const link of guide.limits.flatMap(({ links }) => links)) {
        assert.match(link, /^https:\/\/(github\.com\/[^/]+\/[^/]+\/issues\/\d+$|learn|help)/)
      }
    })

    test('redirect URIs of the deployment stand in its template', () => {
      const template = textOf('infra/modules/client-registration.bicep')
      for (const { uri, registeredBy } of guide.redirectUris) {
        if (registeredBy === 'azd') assert.ok(template.includes(`'${uri}'`), uri)
      }
    })
  })
}

test('public clients use the shared registration, confidential ones get their own', () => {
  for (const { client, registration, redirectUris, steps } of guides) {
    if (registration === 'its own') continue
    assert.ok(redirectUris.length > 0, client)
    const text: string = JSON.stringify(steps(example, cost))
    const isOurs = registration === 'ours, without a secret'
    // A secret, or an administrator's consent, would work for every program on every computer.
    assert.equal(text.includes(example.clientId), isOurs, client)
    assert.ok(isOurs || /az ad app create|connect:foundry/.test(text), client)
  }
})

suite('the values are what the endpoint publishes', () => {
  let product: Product
  before(async () => {
    product = await startProduct()
  })
  after(() => product.close())

  for (const appIdUri of [undefined, 'api://contoso/mcp']) {
    test(appIdUri ? 'with an App ID URI' : 'with its own URL as scope prefix', async () => {
      const app = product.app({
        settings: {
          PUBLIC_BASE_URL: 'https://mcp.contoso.com',
          ...(appIdUri ? { ENTRA_APP_ID_URI: appIdUri } : {}),
        },
      })
      const { text } = await app.metadata(new Request(cost.url))
      const values = clientValues({
        tenantId,
        apiClientId: clients.api.clientId,
        clientId: clients.confidential.clientId,
        authorityHost: product.entra.origin,
        publicBaseUrl: 'https://mcp.contoso.com',
        appIdUri,
        endpoints: [{ name: 'cost', scopes: ['cost.read'] }],
      })
      const published = metadata.parse(JSON.parse(text))
      assert.deepEqual(published, {
        resource: values.endpoints[0]?.url,
        scopes_supported: values.endpoints[0]?.scopes,
        authorization_servers: [values.issuer],
      })
    })
  }
  const metadata = z.object({
    resource: z.string(),
    scopes_supported: z.array(z.string()),
    authorization_servers: z.array(z.string()),
  })
})

test('origins may come with a slash and no App ID URI as an empty text, as azd has them', () => {
  const { issuer, endpoints } = clientValues({
    ...example,
    authorityHost: 'https://login.microsoftonline.com/',
    publicBaseUrl: 'https://mcp.contoso.com/',
    appIdUri: '',
    endpoints: [{ name: 'cost', scopes: ['cost.read'] }],
  })
  assert.deepEqual([issuer, endpoints], [example.issuer, [cost]])
})

test('Visual Studio Code is pre-authorised unless azd is told otherwise', () => {
  const parameters = textOf('infra/main.parameters.json')
  assert.match(parameters, new RegExp(`PRE_AUTHORIZED_CLIENTS=${example.vsCodeClientId}`))
})

test('an endpoint with a slash at its end is refused: it is no identifier URI', () => {
  const endpoints = [{ ...cost, url: `${cost.url}/` }]
  assert.equal(clientValuesSchema.safeParse({ ...example, endpoints }).success, false)
})
