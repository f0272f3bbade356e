/** A company's proxy that the environment names: every outgoing call goes through it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import { after, before, beforeEach, suite, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { alice, tenantId } from '../local/seed.ts'
import { startTables } from '../local/tables.ts'
import { parseSettings } from '../shared/settings.ts'
import { selfSignedCertificate } from './support/certificate.ts'
import { type Product, startProduct } from './support/product.ts'
import { type HttpProxy, startProxy } from './support/proxy.ts'
import { keyA } from './support/shared-cache.ts'

const list = 'list_subscriptions'
const hostOf = (url: string) => new URL(url).host

suite('http', () => {
  let product: Product
  let tables: Awaited<ReturnType<typeof startTables>>
  const proxies: HttpProxy[] = []
  before(async () => {
    product = await startProduct()
    tables = await startTables({ port: 0 })
  })
  after(async () => {
    await product.close()
    await tables.close()
    for (const proxy of proxies) proxy.close()
  })
  beforeEach(() => product.reset())

  /** One call of an app that has just started, behind a proxy of its own: rows are written after the answer. */
  const callBehind = async (settingsFor: (proxy: HttpProxy) => Record<string, string>) => {
    const proxy = await startProxy()
    proxies.push(proxy)
    const app = product.app({
      settings: {
        TOKEN_CACHE_CONNECTION: tables.connection,
        ENCRYPTION_KEYS: JSON.stringify([keyA]),
        ...settingsFor(proxy),
      },
    })
    assert.equal((await app.result(await product.tokenOf(alice), list)).isError, false)
    return { asked: new Set(proxy.asked()), authorizations: new Set(proxy.authorizations()) }
  }
  const entra = () => hostOf(product.entra.origin)
  const azure = () => hostOf(product.azure.arm)
  const table = () => hostOf(tables.url)

  for (const name of ['HTTP_PROXY', 'http_proxy']) {
    test(`${name} is used for keys, exchange, table and API`, async () => {
      const { asked } = await callBehind(({ host }) => ({ [name]: `http://${host}` }))
      assert.deepEqual(asked, new Set([entra(), azure(), table()]))
    })
  }

  test('credentials of the proxy are sent to it', async () => {
    const settings = ({ host }: HttpProxy) => ({ HTTP_PROXY: `http://me:s%20cret@${host}` })
    const { authorizations } = await callBehind(settings)
    const basic = `Basic ${Buffer.from('me:s cret').toString('base64')}`
    assert.deepEqual(authorizations, new Set([basic]))
  })

  const straight: [what: string, noProxy: () => string, proxied: () => string[]][] = [
    ['a host and port', entra, () => [azure(), table()]],
    ['hosts', () => 'localhost,127.0.0.1', () => []],
    ['all', () => '*', () => []],
  ]
  for (const [what, noProxy, proxied] of straight) {
    test(`${what} of NO_PROXY is called directly`, async () => {
      const settings = ({ host }: HttpProxy) => ({
        HTTP_PROXY: `http://${host}`,
        NO_PROXY: noProxy(),
      })
      assert.deepEqual((await callBehind(settings)).asked, new Set(proxied()))
    })
  }

  test('a proxy that is gone is an outage: it is not bypassed', async () => {
    const app = product.app({ settings: { HTTP_PROXY: 'http://127.0.0.1:1' } })
    assert.equal((await app.call(await product.tokenOf(alice), list)).status, 503)
  })
})

suite('https', () => {
  const secure = selfSignedCertificate()
  const trusted = getCACertificates('default')
  let proxy: HttpProxy
  let product: Product
  const server = createServer(
    { cert: secure.certificate, key: secure.privateKey },
    (request, response) => {
      const large = request.url?.includes('large')
      response.end(large ? 'x'.repeat(33 * 1024 * 1024) : '{"value":[]}')
    },
  )
  before(async () => {
    setDefaultCACertificates([...trusted, secure.certificate])
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    assert.ok(typeof address === 'object' && address !== null)
    proxy = await startProxy({ tunnelTo: address.port })
    product = await startProduct()
  })
  after(async () => {
    setDefaultCACertificates(trusted)
    server.close()
    server.closeAllConnections()
    proxy.close()
    await product.close()
  })

  /** The certificate's name, which only the proxy resolves. */
  const settings = () => ({ ARM_BASE_URL: 'https://test', HTTPS_PROXY: `http://${proxy.host}` })

  test('an API answers through a tunnel', async () => {
    const app = product.app({ settings: settings() })
    const { data } = await app.result(await product.tokenOf(alice), list)
    assert.deepEqual(data, { subscriptions: [] })
    assert.deepEqual(proxy.asked(), ['test:443'])
  })

  test('an answer that is too large is refused through a tunnel too', async () => {
    const app = product.app({
      settings: { ...settings(), ARM_BASE_URL: 'https://test/large' },
    })
    const { text } = await app.result(await product.tokenOf(alice), list)
    assert.match(text, /has more data than this tool reads/)
  })

  test('Entra and the table of the public cloud are reached through tunnels only', async (t) => {
    const refusing = await startProxy()
    t.after(refusing.close)
    const { services } = product.app({
      settings: {
        ENTRA_AUTHORITY_HOST: 'https://login.microsoftonline.com',
        TOKEN_CACHE_CONNECTION: `DefaultEndpointsProtocol=https;AccountName=rows;AccountKey=${'A'.repeat(86)}==;EndpointSuffix=core.windows.net`,
        ENCRYPTION_KEYS: JSON.stringify([keyA]),
        HTTPS_PROXY: `http://${refusing.host}`,
      },
    })
    await assert.rejects(services.readKeys())
    await assert.rejects(services.tokenCache.purgeUser({ tid: tenantId, oid: alice.oid }))
    const hosts = new Set(refusing.asked())
    assert.deepEqual(
      hosts,
      new Set(['login.microsoftonline.com:443', 'rows.table.core.windows.net:443']),
    )
  })
})

test('a proxy that is no URL stops the start, and its value is not repeated', () => {
  assert.throws(() => parseSettings({ HTTPS_PROXY: 'me:secret@proxy' }, []), {
    message: /HTTPS_PROXY is not the http or https URL of a proxy/,
  })
  assert.throws(
    () => parseSettings({ HTTPS_PROXY: 'me:secret@proxy' }, []),
    (error: Error) => !error.message.includes('secret'),
  )
})

test('the variable in small letters takes precedence', () => {
  const environment = {
    ...{ ENTRA_TENANT_ID: tenantId, ENTRA_CLIENT_ID: tenantId, ENTRA_CLIENT_SECRET: 'x' },
    ...{ no_proxy: 'small', NO_PROXY: 'large', HTTP_PROXY: 'http://proxy:8080' },
  }
  assert.equal(parseSettings(environment, []).proxy?.noProxy, 'small')
})
