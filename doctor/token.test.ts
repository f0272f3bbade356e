/** `--token`: messages about claims are the server's own, an invalid signature is reported first, and no token is printed. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { endpoints } from '../functions/endpoints.ts'
import type { Forgery } from '../local/entra/forge.ts'
import { alice, bob, clients, graphClientId } from '../local/seed.ts'
import { type HostedProduct, startHostedProduct } from '../test/support/hosted-product.ts'
import { NotSeen } from './check.ts'
import { subjectOf } from './subject.ts'
import { explainToken, explanationLines } from './token.ts'

let host: HostedProduct
before(async () => {
  host = await startHostedProduct()
})
after(() => host?.close())

const notAsked = () => Promise.reject(new NotSeen('not asked'))

async function explain(token: string, environment = {}) {
  const explanation = await explainToken(
    subjectOf({
      ...{ origin: host.origin, endpoints, holdsCredential: true, publicClientId: undefined },
      ...{ administrator: notAsked, person: notAsked, references: notAsked },
      environment: async () => ({ ...host.environment, ...environment }),
    }),
    token,
  )
  const lines = explanationLines(explanation).join('\n')
  const [, , signature = ''] = token.split('.')
  assert.ok(!signature || !lines.includes(signature))
  assert.doesNotMatch(lines, /eyJ/)
  const refused = explanation.claims.filter(({ taken }) => !taken)
  return { ...explanation, lines, refused: refused.map(({ claim }) => claim) }
}

test('a valid token: each claim is accepted, and its tools are listed', async () => {
  const { verdict, isSigned, refused, tools } = await explain(await host.tokenOf(bob))
  assert.equal(verdict.taken, true)
  assert.equal(isSigned, true)
  assert.deepEqual(refused, [])
  const [listing] = tools
  const exporting = tools.find(({ tool }) => tool === 'cost_export')
  assert.deepEqual(listing, { endpoint: 'cost', tool: 'list_subscriptions', lacks: [] })
  assert.deepEqual(exporting?.lacks, ['scope cost.export', 'app role Cost.Exporter'])
})

test('as copied from a header', async () => {
  assert.equal((await explain(`Bearer ${await host.tokenOf(alice)}\n`)).verdict.taken, true)
})

const forgeries: [what: string, Partial<Forgery>, claims: string[], says: RegExp][] = [
  [
    'for Microsoft Graph',
    { resource: graphClientId },
    ['iss', 'aud', 'ver', 'azp'],
    /for Microsoft Graph/,
  ],
  ['of version 1.0', { version: 1 }, ['iss', 'ver', 'azp'], /v1\.0 token|iss/],
  ['of an application', { appOnly: true }, ['scp'], /by itself \(no scp\)/],
  ['that has expired', { expiresIn: -600 }, ['exp'], /has expired/],
  ['from a clock ahead', { notBefore: 600 }, ['nbf'], /clock is/],
  ['bound to a key', { claims: { cnf: { jkt: 'x' } } }, ['cnf'], /bound to a key/],
  ['without a user', { omit: ['oid'] }, ['oid'], /oid is missing/],
]
suite('a token', () => {
  for (const [what, forgery, claims, says] of forgeries) {
    test(`${what} is refused by ${claims.join(', ')}`, async () => {
      const { appOnly } = forgery
      const token = appOnly
        ? await host.entra.admin.forgeToken({ client: clients.confidential.clientId, appOnly })
        : await host.tokenOf(alice, forgery)
      const { verdict, refused, lines, isSigned } = await explain(token)
      assert.equal(verdict.taken, false)
      assert.match(lines, says)
      assert.equal(isSigned, true)
      for (const claim of claims) assert.ok(refused.includes(claim), `${claim} in ${refused}`)
    })
  }

  test('of a client that is not on the list', async () => {
    const environment = { ENTRA_ALLOWED_CLIENTS: clients.confidential.clientId }
    const { refused, lines } = await explain(await host.tokenOf(alice), environment)
    assert.deepEqual(refused, ['azp'])
    assert.match(lines, /ENTRA_ALLOWED_CLIENTS/)
  })

  test('with a foreign signature is reported as such before its claims', async () => {
    const { verdict, isSigned, tools, lines } = await explain(
      await host.tokenOf(alice, { key: 'foreign' }),
    )
    assert.match(verdict.says, /signature is invalid/)
    assert.equal(isSigned, false)
    assert.deepEqual(tools, [])
    assert.match(lines, /signature is invalid, so the claims below prove nothing/)
  })

  test('that is not a JWT has no claims', async () => {
    const { verdict, claims } = await explain('opaque')
    assert.match(verdict.says, /not a signed JWT/)
    assert.deepEqual(claims, [])
  })
})
