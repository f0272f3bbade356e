/** Which tokens are accepted: every refusal says what was wrong, and none shows the token. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { EncryptJWT, exportJWK, generateKeyPair } from 'jose'
import type { Forgery } from '../local/entra/forge.ts'
import {
  alice,
  armClientId,
  bob,
  clients,
  graphClientId,
  subscriptions,
  tenantId,
} from '../local/seed.ts'
import { auditRecordOf } from './support/audit-record.ts'
import { appOrigin, costRead } from './support/entra-client.ts'
import { challengeOf, initializeEra, post, refusalOf } from './support/mcp-request.ts'
import { type App, type Product, startProduct } from './support/product.ts'

let product: Product
let app: App
/** Every address that the app asked. */
const asked: string[] = []
before(async () => {
  product = await startProduct()
  app = appThatTells()
})
after(() => product.close())
beforeEach(() => product.reset())

const appThatTells = () =>
  product.app({
    settings: { ENTRA_ALLOWED_CLIENTS: clients.public.clientId },
    fetch(input, init) {
      asked.push(String(input))
      return fetch(input, init)
    },
  })
const list = () => initializeEra({ method: 'tools/call', params: { name: 'list_subscriptions' } })
const resourceMetadata = `${appOrigin}/.well-known/oauth-protected-resource/mcp/cost`
const otherTenant = '22222222-2222-4222-8222-222222222222'
const otherApp = 'e0000000-0000-4000-8000-00000000000e'

const honest = () => product.tokenOf(alice)
const attacker = await exportJWK((await generateKeyPair('RS256')).publicKey)

type Forged = Partial<Forgery> | (() => Partial<Forgery>)
const forged = (it: Forged) => (typeof it === 'function' ? it() : it)

type Wanted = { status: number; error: string; description: RegExp }
const invalid = (description: RegExp): Wanted => ({
  status: 401,
  error: 'invalid_token',
  description,
})
const denied = (description: RegExp): Wanted => ({
  status: 403,
  error: 'access_denied',
  description,
})

const notJwt = invalid(/not a signed JWT/)
const badSignature = invalid(/signature is invalid/)
const wrongKey = invalid(/key \(kid\)/)
const wrongAlgorithm = invalid(/\(alg\): expected RS256/)
const wrongAudience = invalid(new RegExp(`aud .*expected ${clients.api.clientId}`))
const wrongIssuer = invalid(new RegExp(`iss .*expected http://localhost:\\d+/${tenantId}/v2.0`))
const wrongTenant = invalid(new RegExp(`\\(tid\\): expected ${tenantId}`))
const version1 = invalid(/v1\.0 token.*requestedAccessTokenVersion: 2/)
const expired = invalid(/expired \(exp\)/)
const appOnly = denied(/no scp.*delegated token/)

const elsewhere = 'http://localhost:1/keys'
const embedded = (header: Record<string, unknown>): Forged => ({ key: 'foreign', header })
/** The emulator's port is not known before the tests begin. */
const issuedBy =
  (tenant: string, tid = tenantId): Forged =>
  () => ({ claims: { iss: `${product.entra.origin}/${tenant}/v2.0`, tid } })
const idTokenFor = (aud: string): Forged => ({ claims: { aud }, omit: ['scp', 'azp', 'azpacr'] })

const forgeries: [what: string, forgery: Forged, wanted: Wanted][] = [
  ['alg none', { key: 'none' }, wrongAlgorithm],
  ['HS256 with the public key as its secret', { key: 'hs256-public' }, wrongAlgorithm],
  ['RS256 renamed PS256', { header: { alg: 'PS256' } }, wrongAlgorithm],
  ['no alg', { header: { alg: undefined } }, notJwt],
  ['a foreign key under our kid', { key: 'foreign' }, badSignature],
  ['our key under another kid of ours', { key: 'other-kid' }, badSignature],
  ['a kid that was never published', { key: 'unknown-kid' }, wrongKey],
  ['no kid', { header: { kid: undefined } }, wrongKey],
  ['a kid that is a number', { header: { kid: 7 } }, wrongKey],
  ['a kid that is a path', { header: { kid: '../../etc/passwd' } }, wrongKey],
  ['a foreign key that it brings along (jwk)', embedded({ jwk: attacker }), badSignature],
  ['a foreign key at its own address (jku)', embedded({ jku: elsewhere }), badSignature],
  ['a foreign key at its own address (x5u)', embedded({ x5u: elsewhere }), badSignature],
  ['a foreign key in a certificate (x5c)', embedded({ x5c: ['MIIB'] }), badSignature],
  ['an unknown critical header', { header: { crit: ['exp'], exp: 1 } }, notJwt],
  ['an unencoded payload (b64)', { header: { crit: ['b64'], b64: false } }, notJwt],
  ['another tenant’s issuer', issuedBy(otherTenant), wrongIssuer],
  ['another tenant’s issuer and tid', issuedBy(otherTenant, otherTenant), wrongIssuer],
  ['another tenant’s tid', { claims: { tid: otherTenant } }, wrongTenant],
  ['no issuer', { omit: ['iss'] }, wrongIssuer],
  ['the common issuer', issuedBy('common'), wrongIssuer],
  ['no tid', { omit: ['tid'] }, invalid(/tid is missing/)],
  ['an empty tid', { claims: { tid: '' } }, invalid(/tid is missing/)],
  ['a token for ARM', { resource: armClientId, version: 2 }, wrongAudience],
  ['a token for Microsoft Graph', { resource: graphClientId, version: 2 }, wrongAudience],
  ['a v1.0 token for ARM', { resource: armClientId }, wrongAudience],
  ['a token for Foundry', { claims: { aud: 'https://ai.azure.com' } }, wrongAudience],
  ['a token for another app', { claims: { aud: otherApp } }, wrongAudience],
  ['an id_token of the client', idTokenFor(clients.public.clientId), wrongAudience],
  ['an id_token of this API', idTokenFor(clients.api.clientId), invalid(/azp is missing/)],
  ['our URL for audience', { claims: { aud: `${appOrigin}/mcp/cost` } }, wrongAudience],
  ['two audiences', { claims: { aud: [clients.api.clientId, otherApp] } }, invalid(/aud must be/)],
  ['a list of one audience', { claims: { aud: [clients.api.clientId] } }, invalid(/aud must be/)],
  ['no audience', { omit: ['aud'] }, wrongAudience],
  ['a v1.0 token', { version: 1 }, version1],
  [
    'a v1.0 token for our client id',
    { version: 1, claims: { aud: clients.api.clientId } },
    version1,
  ],
  ['version 1.0 from the v2.0 issuer', { claims: { ver: '1.0' } }, invalid(/ver must be "2.0"/)],
  ['no version', { omit: ['ver'] }, invalid(/ver must be "2.0"/)],
  ['expired', { expiresIn: -60 }, expired],
  ['expired a second ago', { expiresIn: -1 }, expired],
  [
    'not valid yet',
    { notBefore: 120 },
    invalid(/nbf is not valid yet: this server's clock is 120 s behind.*Signing in again does not/),
  ],
  ['not valid yet, by seconds', { notBefore: 10 }, invalid(/clock is 10 s behind/)],
  ['an nbf in words', { claims: { nbf: 'now' } }, invalid(/nbf is missing or wrong/)],
  ['no expiry', { omit: ['exp'] }, invalid(/exp is missing/)],
  ['an expiry in words', { claims: { exp: '2999-01-01' } }, invalid(/exp is missing or wrong/)],
  ['an expiry of null', { claims: { exp: null } }, invalid(/exp is missing or wrong/)],
  ['no azp', { omit: ['azp'] }, invalid(/azp is missing/)],
  ['an empty azp', { claims: { azp: '' } }, invalid(/azp is missing/)],
  ['no oid', { omit: ['oid'] }, invalid(/oid is missing/)],
  ['an oid that is a number', { claims: { oid: 1 } }, invalid(/oid/)],
  [
    'bound to a key (cnf)',
    { claims: { cnf: { jwk: attacker } } },
    invalid(/bound to a key \(cnf\)/),
  ],
  ['bound to a key by thumbprint', { claims: { cnf: { jkt: 'x' } } }, invalid(/\(cnf\)/)],
  ['bound to a key that is not told', { claims: { cnf: null } }, invalid(/\(cnf\)/)],
  ['scp as a number', { claims: { scp: 1 } }, invalid(/scp/)],
  ['scp as a list', { claims: { scp: ['cost.read'] } }, invalid(/scp/)],
  ['roles as a string', { claims: { roles: 'Cost.Exporter' } }, invalid(/roles/)],
  ['app-only, said so', { appOnly: true }, appOnly],
  ['app-only, not said', { appOnly: true, omit: ['idtyp'] }, appOnly],
  ['app-only with a scp', { appOnly: true, claims: { scp: 'cost.read' } }, appOnly],
  ['app-only with our role', { appOnly: true, claims: { roles: ['Cost.Exporter'] } }, appOnly],
  ['an empty scp', { claims: { scp: '' } }, appOnly],
  ['a scp of spaces', { claims: { scp: '  ' } }, appOnly],
  [
    'a client that is not allowed',
    { client: clients.confidential.clientId },
    denied(new RegExp(`${clients.confidential.clientId} \\(azp\\)`)),
  ],
]

const bobsClaims = async (token: string) => {
  const [, payload = ''] = (await product.tokenOf(bob)).split('.')
  return token.replace(/\.[^.]+\./, `.${payload}.`)
}

const encrypted = () =>
  new EncryptJWT({ oid: alice.oid })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(new Uint8Array(32))

const spoiled: [
  what: string,
  spoil: (token: string) => string | Promise<string>,
  wanted: Wanted,
][] = [
  ['no JWT at all', () => 'letmein', notJwt],
  ['two dots alone', () => '..', notJwt],
  ['four dots alone', () => '....', notJwt],
  ['what is not base64url', () => '!!!.???.***', notJwt],
  ['letters beyond ASCII', (token) => `\u00e9${token}\u00fc`, notJwt],
  ['a header that is no JSON', (token) => token.replace(/^[^.]+/, 'e30x'), notJwt],
  ['a header that is a list', (token) => token.replace(/^[^.]+/, 'W10'), notJwt],
  ['very much of it', () => 'a'.repeat(100_000), notJwt],
  ['very much of it, dotted', (token) => `${token}.${'a'.repeat(100_000)}`, notJwt],
  ['a fourth part', (token) => `${token}.e30`, notJwt],
  ['without its signature', (token) => token.replace(/[^.]+$/, ''), badSignature],
  ['half of its signature', (token) => token.slice(0, -171), badSignature],
  ['another signature', (token) => token.replace(/[^.]+$/, 'A'.repeat(342)), badSignature],
  ['more after its signature', (token) => `${token}AAAA`, badSignature],
  ['other claims under its signature', bobsClaims, badSignature],
  ['two tokens', (token) => `${token} ${token}`, notJwt],
  ['two tokens with a comma', (token) => `${token}, Bearer ${token}`, notJwt],
  ['quotes around it', (token) => `"${token}"`, notJwt],
  ['an encrypted token (JWE)', encrypted, notJwt],
]

async function assertRefused(token: string, { status, error, description }: Wanted) {
  const answer = await app.send(list(), token)
  assert.equal(answer.status, status, answer.text)
  const body = refusalOf(answer.text)
  assert.deepEqual([body.id, body.code, body.error], [1, status, error])
  assert.match(body.error_description, description)

  const challenge = challengeOf(answer.headers)
  assert.equal(challenge.error, error)
  assert.equal(challenge.resource_metadata, resourceMetadata)
  assert.equal(challenge.scope, status === 401 ? costRead : undefined)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)

  // A token with a valid signature gets a line with its claims; others are counted (audit.test.ts).
  const records = answer.log.map(auditRecordOf)
  const own = records.filter(({ reference }) => reference === body.reference)
  const isAnonymous = [notJwt, badSignature, wrongKey, wrongAlgorithm].some(
    (it) => it.description === description,
  )
  assert.equal(own.length, isAnonymous ? 0 : 1)
  for (const { oid, tid, azp } of own) assert.ok(oid || tid || azp)
  const seen = [answer.text, ...answer.log, ...[...answer.headers].flat()].join('\n')
  for (const part of [token, ...token.split('.')].filter((it) => it.length > 8)) {
    assert.ok(!seen.includes(part), 'the answer or the log shows the token')
  }
  assert.doesNotMatch(seen, /\n {4}at |node_modules/, 'a stack trace')
  assert.equal(product.exchanges(), 0)
}

suite('refused', () => {
  for (const [what, forgery, wanted] of forgeries) {
    test(what, async () => assertRefused(await product.tokenOf(alice, forged(forgery)), wanted))
  }
  for (const [what, spoil, wanted] of spoiled) {
    test(`a header with ${what}`, async () => assertRefused(await spoil(await honest()), wanted))
  }
  test('a token without kid, although one key fits', async () => {
    await product.entra.admin.rotateKeys({ withdraw: true })
    app = appThatTells()
    await assertRefused(await product.tokenOf(alice, { header: { kid: undefined } }), wrongKey)
  })

  test('keys are asked of the tenant only', () => {
    assert.ok(asked.length > 0)
    assert.deepEqual(
      asked.filter((url) => !url.startsWith(`${product.entra.origin}/${tenantId}/`)),
      [],
    )
  })
})

suite('with guests refused', () => {
  const accounts: [what: string, forgery: Partial<Forgery>, isRefused: boolean][] = [
    ['a member', { claims: { acct: 0 } }, false],
    ['a guest', { claims: { acct: 1 } }, true],
    ['a token that does not say', {}, true],
  ]
  for (const [what, forgery, isRefused] of accounts) {
    test(what, async () => {
      const members = product.app({ settings: { ENTRA_GUESTS: 'refused' } })
      const answer = await members.send(list(), await product.tokenOf(alice, forgery))
      assert.equal(answer.status, isRefused ? 403 : 200)
      if (isRefused) assert.match(refusalOf(answer.text).error_description, /^Guests .*\(acct\)/)
    })
  }

  test('a guest may call unless the operator refuses guests', async () => {
    const token = await product.tokenOf(alice, { claims: { acct: 1 } })
    assert.equal((await app.send(list(), token)).status, 200)
  })
})

suite('no bearer token', () => {
  const withoutToken: [what: string, change: (token: string) => Request][] = [
    ['no Authorization', () => list()],
    ['Basic', () => headed('Basic YWxpY2U6cGFzc3dvcmQ=')],
    ['Bearer alone', () => headed('Bearer')],
    ['Bearer and blanks', () => headed('Bearer   ')],
    ['the token without a scheme', (token) => headed(token)],
    ['a scheme that begins alike', (token) => headed(`BearerX ${token}`)],
    ['DPoP', (token) => headed(`DPoP ${token}`)],
    ['the token in the query', (token) => atQuery(`?access_token=${token}`)],
    ['the token in the body', (token) => initializeEra(callWith({ access_token: token }))],
    ['the platform’s identity headers', () => platformIdentity()],
  ]
  const callWith = (more: object) => ({
    method: 'tools/call',
    params: { name: 'list_subscriptions', ...more },
  })
  const headed = (authorization: string) => initializeEra(callWith({}), { authorization })
  const atQuery = (query: string) => new Request(list().url + query, list())
  const platformIdentity = () =>
    initializeEra(callWith({}), {
      'x-ms-client-principal-id': alice.oid,
      'x-ms-client-principal-name': alice.upn,
      'x-ms-client-principal': Buffer.from(JSON.stringify({ userId: alice.oid })).toString(
        'base64',
      ),
      'x-ms-token-aad-access-token': 'a.b.c',
    })

  for (const [what, change] of withoutToken) {
    test(`${what} is 401 with the scopes to ask for, and without an error`, async () => {
      const token = await honest()
      const answer = await app.send(change(token))
      assert.equal(answer.status, 401)
      const challenge = challengeOf(answer.headers)
      assert.deepEqual(challenge, { scope: costRead, resource_metadata: resourceMetadata })
      const { id, code, error } = refusalOf(answer.text)
      assert.deepEqual([id, code, error], [1, 401, 'unauthorized'])
      assert.ok(![answer.text, ...answer.log].join().includes(token))
    })
  }
})

suite('the body of a refusal is a JSON-RPC error, which clients show to people', () => {
  const bodies: [what: string, body: string, id: string | number | null][] = [
    ['a number', '{"jsonrpc":"2.0","id":7,"method":"tools/list"}', 7],
    ['text', '{"jsonrpc":"2.0","id":"é","method":"tools/list"}', 'é'],
    ['none', '{"jsonrpc":"2.0","method":"tools/list"}', null],
    ['an object', '{"jsonrpc":"2.0","id":{"a":1},"method":"tools/list"}', null],
    ['unknown, for it is a batch', '[{"jsonrpc":"2.0","id":7,"method":"tools/list"}]', null],
    ['unknown, for it is no JSON', '{"jsonrpc":"2.0","id":7', null],
    ['unknown, for it is empty', '', null],
  ]
  for (const [what, body, id] of bodies) {
    test(`answers a request whose id is ${what}`, async () => {
      for (const sent of [undefined, 'no token']) {
        const answer = await app.send(post(body), sent)
        assert.equal(answer.status, 401)
        assert.deepEqual(refusalOf(answer.text).id, id)
      }
    })
  }

  test('the same refusal has the same header, and the reference is in the body', async () => {
    const token = await product.tokenOf(alice, { scopes: ['other'] })
    const [first, second] = [await app.send(list(), token), await app.send(list(), token)]
    assert.equal(first.status, 403)
    assert.deepEqual([...first.headers], [...second.headers])
    assert.notEqual(refusalOf(first.text).reference, refusalOf(second.text).reference)
  })
})

suite('accepted', () => {
  const taken: [what: string, forgery: Partial<Forgery>][] = [
    ['an honest token', {}],
    ['one with more scopes than ours', { claims: { scp: 'cost.read other.thing' } }],
    ['one without nbf', { omit: ['nbf'] }],
    ['one with nbf rounded up', { notBefore: 2 }],
    [
      'one with key addresses in its header, which are not followed',
      { header: { jku: elsewhere } },
    ],
    ['one that names a delegated user', { claims: { idtyp: 'user' } }],
    ['one with a single acrs and xms_cc', { claims: { acrs: 'c1', xms_cc: 'cp1' } }],
    ['one without name, sub and uti', { omit: ['name', 'sub', 'uti', 'preferred_username'] }],
  ]
  for (const [what, forgery] of taken) {
    test(what, async () => {
      const token = await product.tokenOf(alice, forgery)
      const answer = await app.send(initializeEra({ method: 'tools/list' }), token)
      assert.equal(answer.status, 200, answer.text)
    })
  }

  test('a token signed with an older key that is still published', async () => {
    const older = await honest()
    await product.entra.admin.rotateKeys()
    assert.equal((await app.send(list(), older)).status, 200)
    assert.equal((await app.send(list(), await honest())).status, 200)
  })

  test('a scheme in any case', async () => {
    const token = await honest()
    for (const scheme of ['bearer', 'BEARER', 'BeArEr', 'Bearer  ']) {
      const request = list()
      request.headers.set('authorization', `${scheme} ${token}`)
      assert.equal((await app.send(request)).status, 200, scheme)
    }
  })

  test('ignores the platform’s identity headers', async () => {
    const request = list()
    request.headers.set('x-ms-client-principal-id', alice.oid)
    const answer = await app.send(request, await product.tokenOf(bob))
    assert.match(answer.text, new RegExp(subscriptions[3]?.id ?? ''))
    assert.doesNotMatch(answer.text, new RegExp(subscriptions[0]?.id ?? ''))
  })

  test('any client of the tenant, when no list of clients is set', async () => {
    const open = product.app()
    const token = await product.tokenOf(alice, { client: clients.confidential.clientId })
    assert.equal((await open.send(list(), token)).status, 200)
  })
})
