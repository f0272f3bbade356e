/** Each reason of a failure has one answer: over HTTP or as a tool result, never both. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Failure, type FailureDetail } from '../shared/failure.ts'
import { failureResponse } from '../shared/http/failure-response.ts'
import { failureResult } from '../shared/mcp/result.ts'

const downstream = 'Azure Resource Manager'
const link = 'https://login.example/consent?state=secret'
type Details = { [Reason in FailureDetail['reason']]: Extract<FailureDetail, { reason: Reason }> }
const details: Details = {
  protocol_error: { reason: 'protocol_error', status: 413, code: -32000, message: 'Too large' },
  origin_refused: { reason: 'origin_refused', origin: 'https://elsewhere.example' },
  token_missing: { reason: 'token_missing' },
  token_refused: { reason: 'token_refused', error: 'invalid_token', description: 'No.' },
  scope_missing: { reason: 'scope_missing', scopes: ['cost.read'] },
  app_role_missing: { reason: 'app_role_missing', roles: ['Cost.Exporter'] },
  actor_refused: { reason: 'actor_refused', wanted: 'no agent' },
  arguments_refused: { reason: 'arguments_refused', problems: ['scope: secret'] },
  sign_in_ended: {
    ...{ reason: 'sign_in_ended', person: 'Your secret sign-in has ended.' },
    ...{ operator: 'Look.', code: 50173 },
  },
  claims_challenged: {
    reason: 'claims_challenged',
    claims: '{"access_token":{"secret":null}}',
    scopes: ['cost.read'],
  },
  claims_unanswerable: {
    reason: 'claims_unanswerable',
    claims: '{"access_token":{"secret":null}}',
  },
  consent_required: { reason: 'consent_required', scope: 'x/y', downstream, link },
  admin_consent_required: { reason: 'admin_consent_required', scope: 'x/y', downstream, link },
  exchange_refused: {
    reason: 'exchange_refused',
    person: 'Your secret was refused.',
    fixedBy: 'operator',
    operator: 'Look.',
    code: 50000,
  },
  entra_unreachable: { reason: 'entra_unreachable', retryAfterSeconds: 5 },
  rate_limited: { reason: 'rate_limited', retryAfterSeconds: 5 },
  too_many_at_once: { reason: 'too_many_at_once', what: 'exchanges' },
  downstream_refused: {
    ...{ reason: 'downstream_refused', downstream, status: 400, code: 'Bad' },
    person: 'Your secret was refused.',
    said: undefined,
  },
  downstream_throttled: { reason: 'downstream_throttled', downstream, retryAfterSeconds: 5 },
  downstream_failed: { reason: 'downstream_failed', downstream, status: 500 },
  downstream_unexpected: {
    ...{ reason: 'downstream_unexpected', downstream, status: 200 },
    problems: 'value.0.id invalid_type',
  },
  downstream_too_large: { reason: 'downstream_too_large', downstream, limit: '32 MiB' },
  unforeseen: { reason: 'unforeseen' },
}

const responseTo = failureResponse({
  signInScope: 'cost.read',
  qualify: (scope) => scope,
  resourceMetadata: 'https://mcp.example/.well-known/x',
})

suite('each reason', () => {
  for (const [reason, detail] of Object.entries(details)) {
    test(`${reason} has exactly one answer`, () => {
      const { status } = responseTo(detail, { reference: 'r', id: 1 })
      const result = failureResult(detail, { reference: 'r', opensLinks: false })
      assert.equal(status === 500 && reason !== 'unforeseen', result !== undefined)
    })

    test(`${reason} keeps out of the log what is for others`, () => {
      assert.doesNotMatch(new Failure(detail).message, /secret/)
    })
  }
})
