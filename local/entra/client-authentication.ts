/**
 * Authenticates the client at the token endpoint (RFC 6749 §2.3): none for a public client, a secret, an assertion
 * signed with a registered certificate, or a federated credential. The last two are in client-assertion.ts.
 */
import { timingSafeEqual } from 'node:crypto'
import type { AppRegistration } from '../seed.ts'
import type { ClientProof } from './access-token.ts'
import { verifyClientAssertion } from './client-assertion.ts'
import { Refusal } from './errors.ts'
import type { Parameters } from './parameters.ts'
import type { Tenant } from './tenant.ts'

export type AuthenticatedClient = { app: AppRegistration; proof: ClientProof }

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' // RFC 7523 §2.2

/**
 * @param authorization the request's `Authorization` header: `client_secret_basic` (RFC 6749 §2.3.1)
 * @throws Refusal when the client is unknown or its credential is missing, wrong or expired
 */
export async function authenticateClient(
  tenant: Tenant,
  parameters: Parameters,
  authorization: string | undefined,
): Promise<AuthenticatedClient> {
  const basic = parseBasic(authorization)
  const client = basic?.clientId ?? parameters.required('client_id')
  const secret = basic?.secret ?? parameters.optional('client_secret')
  const assertion = parameters.optional('client_assertion')

  const app = tenant.directory.app(client)
  if (!app) throw new Refusal(700016, { client, tenant: tenant.tenantId })
  if (app.publicClient) {
    if (secret !== undefined || assertion !== undefined) throw new Refusal(700025)
    return { app, proof: '0' }
  }
  if (assertion !== undefined) {
    if (secret !== undefined) throw new Refusal(9002313)
    if (parameters.required('client_assertion_type') !== assertionType) throw new Refusal(9002313)
    await verifyClientAssertion(tenant, app, assertion)
    return { app, proof: '2' }
  }
  if (secret === undefined) throw new Refusal(7000218)
  if (!app.secrets.some((each) => same(each, secret))) throw new Refusal(7000215, { client })
  if (app.secretsEnd && Date.parse(app.secretsEnd) <= tenant.clock.date().getTime()) {
    throw new Refusal(7000222, { client })
  }
  return { app, proof: '1' }
}

function parseBasic(authorization: string | undefined) {
  const [, encoded] = /^Basic (.+)$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined) return undefined
  const [, clientId, secret] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? []
  if (clientId === undefined || secret === undefined) throw new Refusal(9002313)
  return { clientId: formDecode(clientId), secret: formDecode(secret) }
}

/** RFC 6749 §2.3.1: id and secret are form-encoded before they are joined. */
function formDecode(value: string): string {
  return new URLSearchParams(`value=${value.replaceAll('&', '%26')}`).get('value') ?? ''
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
