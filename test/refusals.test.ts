/** Every error of the catalogue, from Entra through MSAL to what a client and a person see; and unknown errors. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, beforeEach, suite, test } from 'node:test'
import { refusalsPage } from '../generate/refusals-page.ts'
import { alice } from '../local/seed.ts'
import { type AadstsError, aadstsErrors, type ErrorClass } from '../shared/entra/aadsts-errors.ts'
import type { FixedBy } from '../shared/failure.ts'
import { auditRecordOf } from './support/audit-record.ts'
import { type HostedProduct, startHostedProduct } from './support/hosted-product.ts'
import { challengeOf, toolResultOf } from './support/mcp-request.ts'
import { type Answer, type App, type Product, startProduct } from './support/product.ts'

let product: Product
let app: App
let host: HostedProduct
before(async () => {
  product = await startProduct()
  app = product.app()
  host = await startHostedProduct()
})
after(() => Promise.all([product.close(), host.close()]))
beforeEach(() => product.reset())

type Refused = { code: number; error?: string; suberror?: string; claims?: string }
const claims = '{"access_token":{"capolids":{"essential":true,"values":["p\u00f6licy?>"]}}}'

/** The answer to alice's client when Entra refuses the exchange with this error. Each call is another sign-in. */
async function answerTo(
  { error = 'invalid_grant', ...refused }: Refused,
  { cp1 = true } = {},
): Promise<Answer> {
  product.entra.admin.clearRequests()
  const fault = { on: 'on_behalf_of', kind: 'refusal', error, ...refused, times: 1 } as const
  product.entra.admin.addFault(fault)
  const token = await product.tokenOf(alice, cp1 ? { claims: { xms_cc: ['cp1'] } } : {})
  const answer = await app.call(token, 'list_subscriptions')
  assert.equal(product.exchanges(), 1, 'a refusal is final for this exchange')
  const { detail = '' } = auditRecordOf(answer.log[0] ?? '')
  assert.match(detail, refused.code === undefined ? /./ : new RegExp(`AADSTS${refused.code}\\b`))
  return answer
}

function assertChallenged({ status, headers, text }: Answer, expected = claims) {
  assert.equal(status, 401, text)
  const challenge = challengeOf(headers)
  assert.equal(challenge.error, 'insufficient_claims')
  assert.equal(Buffer.from(challenge.claims ?? '', 'base64').toString(), expected)
}

/** In words and in the result's `_meta`: after a challenge this client would sign in again and again. */
function assertToldInWords(answer: Answer) {
  assert.match(resultOf(answer), /sign out of this server.*sign in again/)
  assert.deepEqual(toolResultOf(answer.text).meta?.claims, claims)
}

function assertSignedOut({ status, headers, text }: Answer) {
  assert.equal(status, 401, text)
  const { error, claims, error_description } = challengeOf(headers)
  assert.deepEqual([error, claims], ['invalid_token', undefined])
  assert.match(error_description ?? '', /has (ended|expired)\. Sign in again \(AADSTS\d+\)$/)
  assert.doesNotMatch(error_description ?? '', /\(exp\)/)
}

/** A tool's result, which no client takes for a reason to sign in. */
function resultOf({ status, headers, text }: Answer): string {
  assert.equal(status, 200, text)
  assert.equal(headers.get('www-authenticate'), null)
  const result = toolResultOf(text)
  assert.ok(result.isError)
  return result.text
}

/** The last address in it: Entra's, which is on another port than anything else here. */
function assertLeadsTo(page: string, text: string) {
  const link = new URL(/https?:\/\/\S+(?= \(reference)/.exec(text)?.[0] ?? 'none:')
  assert.equal(link.origin, product.entra.origin)
  assert.ok(link.pathname.endsWith(page), link.href)
}

const whoCan: Record<FixedBy, RegExp> = {
  user: /The signed-in user can fix this/,
  administrator: /An administrator of the organization can change this/,
  operator: /Only the operator of this server can fix this/,
  developer: /The developer of this client has to fix this/,
  time: /Calling again right away makes it worse/,
}

function assertFinal(answer: Answer, { person, fixedBy, operator }: AadstsError, code: number) {
  const text = resultOf(answer)
  assert.ok(text.startsWith(`${person} (AADSTS${code}) `), text)
  assert.match(text, whoCan[fixedBy])
  assert.ok(answer.log.join().includes(operator), 'the operator finds it in the log')
}

const assertConsentLink = (answer: Answer) =>
  assertLeadsTo('/oauth2/v2.0/authorize', resultOf(answer))

/** What the client sees of each class of errors. */
const checks: Record<ErrorClass, (refusal: AadstsError, code: number) => Promise<void>> = {
  async consent(_, code) {
    assertConsentLink(await answerTo({ code, suberror: 'consent_required' }))
    assertConsentLink(await answerTo({ code, error: 'consent_required' }, { cp1: false }))
  },
  async admin_consent(_, code) {
    const text = resultOf(await answerTo({ code, error: 'consent_required' }))
    assert.match(text, /Only an administrator .* Calling again will not help/)
    assertLeadsTo('/v2.0/adminconsent', text)
  },
  async sign_in(refusal, code) {
    assertChallenged(await answerTo({ code, claims, suberror: 'basic_action' }))
    assertToldInWords(
      await answerTo({ code, claims, error: 'interaction_required' }, { cp1: false }),
    )
    assertFinal(await answerTo({ code, error: 'interaction_required' }), refusal, code)
  },
  async stale(_, code) {
    assertSignedOut(await answerTo({ code }))
    assertChallenged(await answerTo({ code, claims, suberror: 'bad_token' }))
  },
  async client(refusal, code) {
    assertFinal(await answerTo({ code, error: 'invalid_client' }), refusal, code)
  },
  async final(refusal, code) {
    assertFinal(await answerTo({ code }), refusal, code)
    assertFinal(await answerTo({ code, claims }), refusal, code)
  },
}

suite('an exchange that Entra refuses', () => {
  for (const [code, refusal] of aadstsErrors) {
    test(`with ${code}, ${refusal.class}: ${refusal.operator}`, () =>
      checks[refusal.class](refusal, code))
  }
})

suite('a consent that ends with an error', () => {
  for (const [code, { person }] of aadstsErrors) {
    test(`with ${code} tells the person what it means`, async () => {
      const query = new URLSearchParams({
        error: 'access_denied',
        error_description: `AADSTS${code}: Planted-text Trace ID: x`,
      })
      const page = await fetch(`${host.origin}/consent/callback?${query}`)
      const html = await page.text()
      assert.ok(page.status === 400 || page.status === 403, `${page.status}`)
      assert.ok(html.includes(person), html)
      assert.ok(html.includes(`AADSTS${code}`))
      assert.doesNotMatch(html, /Planted/)
    })
  }
})

suite('an unknown number', () => {
  const code = 999_999_999
  const administrator = /refused this\. \(AADSTS999999999\) An administrator/
  const operator = /registration|not set up.*\(AADSTS999999999\) Only the operator/
  const rows: [what: string, refused: Omit<Refused, 'code'>, check: (answer: Answer) => void][] = [
    ['consent_required', { error: 'consent_required' }, assertConsentLink],
    ['suberror consent_required', { suberror: 'consent_required' }, assertConsentLink],
    ['claims', { claims }, assertChallenged],
    ['interaction_required, claims', { error: 'interaction_required', claims }, assertChallenged],
    ['additional_action, claims', { suberror: 'additional_action', claims }, assertChallenged],
    [
      'interaction_required alone',
      { error: 'interaction_required' },
      (answer) => assert.match(resultOf(answer), whoCan.user),
    ],
    ['bad_token', { suberror: 'bad_token' }, assertSignedOut],
    ['bad_token, claims', { suberror: 'bad_token', claims }, assertChallenged],
    ['user_password_expired', { suberror: 'user_password_expired' }, assertSignedOut],
    [
      'message_only, claims',
      { error: 'interaction_required', suberror: 'message_only', claims },
      (answer) => assert.match(resultOf(answer), administrator),
    ],
    [
      'invalid_client',
      { error: 'invalid_client' },
      (answer) => assert.match(resultOf(answer), operator),
    ],
    [
      'unauthorized_client',
      { error: 'unauthorized_client' },
      (answer) => assert.match(resultOf(answer), operator),
    ],
    ['invalid_grant', {}, (answer) => assert.match(resultOf(answer), administrator)],
    [
      'a new word',
      { error: 'brand_new', suberror: 'newer' },
      (answer) => assert.match(resultOf(answer), administrator),
    ],
  ]
  for (const [what, refused, check] of rows) {
    test(`with ${what}`, async () => check(await answerTo({ code, ...refused })))
  }
})

test('no combination of Entra’s errors is a 500', async () => {
  const errors = ['invalid_grant', 'interaction_required', 'consent_required', 'invalid_client']
  const suberrors = [undefined, 'basic_action', 'message_only', 'consent_required', 'bad_token']
  const claimsOfAnswers = [undefined, claims, 'not JSON', 'null']
  for (const code of [53003, 50076, 65001, 1]) {
    for (const error of errors) {
      for (const suberror of suberrors) {
        for (const each of claimsOfAnswers) {
          const asked = each && { claims: each }
          const refused = { code, error, ...(suberror && { suberror }), ...asked }
          const { status } = await answerTo(refused)
          assert.ok([200, 401].includes(status), `${status} ${JSON.stringify(refused)}`)
        }
      }
    }
  }
})

test('docs/refusals.md is what npm run generate writes', async () => {
  const page = await readFile(new URL('../docs/refusals.md', import.meta.url), 'utf8')
  assert.equal(page, refusalsPage())
})
