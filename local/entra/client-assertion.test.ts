/** Client assertions at the Entra emulator: by certificate and by managed identity, accepted and refused. */
import assert from 'node:assert/strict'
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { after, beforeEach, suite, test } from 'node:test'
import { SignJWT } from 'jose'
import { selfSignedCertificate } from '../../test/support/certificate.ts'
import {
  appOrigin,
  identityToken,
  oboForm,
  token,
  trustIdentity,
} from '../../test/support/entra-client.ts'
import { alice, clients, directory, tenantId } from '../seed.ts'
import { startEntra } from './server.ts'

const { certificate, privateKey, thumbprintSha256 } = selfSignedCertificate()
const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => entra.admin.reset())

const now = () => Math.floor(Date.now() / 1000)
const ps256 = {
  alg: 'PS256',
  'x5t#S256': Buffer.from(thumbprintSha256, 'hex').toString('base64url'),
}
const rs256 = {
  alg: 'RS256',
  x5t: createHash('sha1').update(new X509Certificate(certificate).raw).digest('base64url'),
}

const signed = (claims: Record<string, unknown> = {}, header: { alg: string } = ps256) =>
  new SignJWT({
    iss: clients.api.clientId,
    sub: clients.api.clientId,
    aud: `${entra.origin}/${tenantId}/oauth2/v2.0/token`,
    exp: now() + 600,
    ...claims,
  })
    .setProtectedHeader(header)
    .sign(createPrivateKey(privateKey))

const prove = async (assertion: string) => {
  const user = { user: alice.upn, client: clients.public.clientId }
  const form = oboForm(await entra.admin.forgeToken(user), {
    client_secret: undefined,
    client_assertion: assertion,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  })
  return token(entra, form)
}
const register = () => entra.admin.updateApp(clients.api.clientId, { certificates: [certificate] })
const trust = (changes?: Parameters<typeof trustIdentity>[1]) => () => trustIdentity(entra, changes)
const nothing = () => {}

suite('a client assertion is accepted', () => {
  const rows: [string, () => void, () => Promise<string>][] = [
    ['signed PS256, by x5t#S256', register, () => signed()],
    ['signed RS256, by x5t', register, () => signed({}, rs256)],
    ['expired within the skew', register, () => signed({ exp: now() - 200 })],
    ['early within the skew', register, () => signed({ nbf: now() + 200 })],
    ['of a trusted identity', trust(), () => identityToken(entra)],
  ]
  for (const [what, first, assertion] of rows) {
    test(what, async () => {
      first()
      assert.equal((await prove(await assertion())).status, 200)
    })
  }
})

suite('a client assertion is refused', () => {
  const { clientId } = clients.api
  const broken = async () => `${(await signed()).slice(0, -8)}AAAAAAAA`
  const rows: [string, number, () => void, () => Promise<string>][] = [
    ['of an unregistered certificate', 700027, nothing, () => signed()],
    ['without a thumbprint', 700027, register, () => signed({}, { alg: 'PS256' })],
    ['with a broken signature', 700027, register, broken],
    ['expired beyond the skew', 700024, register, () => signed({ exp: now() - 301 })],
    ['early beyond the skew', 700024, register, () => signed({ nbf: now() + 310 })],
    ['without exp', 700024, register, () => signed({ exp: undefined })],
    ['for another audience', 700023, register, () => signed({ aud: 'https://other.example' })],
    ['about another app', 700021, register, () => signed({ sub: clients.public.clientId })],
    ['that is not a JWT', 50027, register, async () => 'abc'],
    ['of an identity that is not trusted', 700211, nothing, () => identityToken(entra)],
    ['of another identity', 700213, trust({ subject: alice.oid }), () => identityToken(entra)],
    [
      'whose subject differs in case',
      7002138,
      trust({ subject: 'D0000000-0000-4000-8000-00000000000B' }),
      () => identityToken(entra),
    ],
    [
      'whose credential has the GUID as audience',
      700214,
      trust({ audience: 'fb60f99c-7a34-4190-8149-302f77469936' }),
      () => identityToken(entra),
    ],
    [
      'for another audience, of the identity',
      700212,
      trust(),
      () => identityToken(entra, clientId),
    ],
  ]
  for (const [what, code, first, assertion] of rows) {
    test(what, async () => {
      first()
      assert.deepEqual((await prove(await assertion())).error_codes, [code])
    })
  }
})
