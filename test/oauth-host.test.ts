/** The authorization server on the local host, as a browser and a page of another origin reach it over HTTP. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { authorizeUrl, type HostedProduct, startHostedProduct } from './support/hosted-product.ts'
import { oauthSettings } from './support/oauth.ts'

let host: HostedProduct
let address: string
before(async () => {
  host = await startHostedProduct(oauthSettings)
  address = await authorizeUrl(host, { redirect_uri: 'http://localhost:9000/callback' })
})
after(() => host?.close())

test('the host sends the cookie as it was made (RFC 6265bis §4.1.3.2)', async () => {
  const response = await fetch(address)
  assert.equal(response.status, 200)
  const [cookie = '', ...more] = response.headers.getSetCookie()
  assert.deepEqual(more, [])
  const [pair = '', ...attributes] = cookie.split('; ')
  assert.match(pair, /^__Host-authorization=[\w.-]+$/)
  assert.deepEqual(attributes.map((it) => it.toLowerCase()).sort(), [
    'httponly',
    'max-age=7776000',
    'path=/',
    'samesite=lax',
    'secure',
  ])
  const again = await fetch(address, { headers: { cookie: pair } })
  assert.deepEqual(again.headers.getSetCookie(), [])
})

test('the page may not be framed, and its forms may lead to the client', async () => {
  const policy = (await fetch(address)).headers.get('content-security-policy') ?? ''
  assert.match(policy, /frame-ancestors 'none'/)
  const [, sources = ''] = /form-action ([^;]*)/.exec(policy) ?? []
  assert.deepEqual(sources.split(' '), [
    "'self'",
    'https:',
    host.entra.origin,
    'http://localhost:*',
  ])
})

test('a page of any origin may ask for tokens, and none for the person’s pages', async () => {
  const headers = { origin: 'https://page.example', 'access-control-request-method': 'POST' }
  for (const path of ['/oauth/token', '/oauth/register', '/oauth/revoke']) {
    const response = await fetch(`${host.origin}${path}`, { method: 'OPTIONS', headers })
    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    assert.equal(response.headers.get('access-control-allow-credentials'), null)
  }
  for (const url of [address, `${host.origin}/oauth/callback`]) {
    const response = await fetch(url, { headers })
    assert.equal(response.headers.get('access-control-allow-origin'), null)
  }
})

test('the metadata answers HEAD as GET (RFC 9110 §9.3.2)', async () => {
  for (const path of ['oauth-authorization-server', 'openid-configuration']) {
    const response = await fetch(`${host.origin}/.well-known/${path}`, { method: 'HEAD' })
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'application/json')
  }
})
