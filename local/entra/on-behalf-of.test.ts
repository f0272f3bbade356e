/** On-Behalf-Of at the Entra emulator with the real MSAL, for each kind of credential. */
import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import { ServerError } from '@azure/msal-node'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { selfSignedCertificate } from '../../test/support/certificate.ts'
import {
  appOrigin,
  armScope,
  identityToken,
  oboForm,
  token,
  trustIdentity,
} from '../../test/support/entra-client.ts'
import { msal } from '../../test/support/msal.ts'
import { alice, armClientId, clients, directory, tenantId } from '../seed.ts'
import { startEntra } from './server.ts'

const { certificate, privateKey, thumbprintSha256 } = selfSignedCertificate()
const entra = await startEntra({ port: 0, directory: directory(appOrigin) })
after(() => entra.close())
beforeEach(() => entra.admin.reset())

const issuer = `${entra.origin}/${tenantId}/v2.0`
const forge = () => entra.admin.forgeToken({ user: alice.upn, client: clients.public.clientId })

suite('with MSAL', () => {
  const credentials = {
    secret: { proof: '1', credential: () => ({ clientSecret: clients.api.secret }) },
    certificate: {
      proof: '2',
      credential: () => {
        entra.admin.updateApp(clients.api.clientId, { certificates: [certificate] })
        return { clientCertificate: { thumbprintSha256, privateKey } }
      },
    },
    'managed identity': {
      proof: '2',
      credential: () => {
        trustIdentity(entra)
        return { clientAssertion: () => identityToken(entra) }
      },
    },
  }
  for (const [name, { proof, credential }] of Object.entries(credentials)) {
    test(`by ${name}`, async () => {
      const result = await msal(entra, credential()).acquireTokenOnBehalfOf({
        oboAssertion: await forge(),
        scopes: [armScope],
      })
      const keys = createRemoteJWKSet(new URL(`${entra.origin}/${tenantId}/discovery/v2.0/keys`))
      const { payload, protectedHeader } = await jwtVerify(result?.accessToken ?? '', keys, {
        issuer: `https://sts.windows.net/${tenantId}/`,
        audience: 'https://management.azure.com',
      })
      const { appid, appidacr, oid, scp, upn, ver } = payload
      assert.deepEqual(
        { appid, appidacr, oid, scp, upn, ver },
        {
          appid: clients.api.clientId,
          appidacr: proof,
          oid: alice.oid,
          scp: 'user_impersonation',
          upn: alice.upn,
          ver: '1.0',
        },
      )
      assert.equal(protectedHeader.x5t, protectedHeader.kid)
      assert.equal(result?.account?.homeAccountId, `${alice.oid}.${tenantId}`)
      assert.equal(entra.admin.requests({ kind: 'on_behalf_of', user: alice.oid }).length, 1)
    })
  }

  test('.default is echoed, so that its cache hits', async () => {
    const app = msal(entra)
    const request = {
      oboAssertion: await forge(),
      scopes: ['https://management.azure.com/.default'],
    }
    await app.acquireTokenOnBehalfOf(request)
    const again = await app.acquireTokenOnBehalfOf(request)
    assert.ok(again?.fromCache)
  })

  test('a refusal becomes MSAL’s error', async () => {
    const app = msal(entra, { clientSecret: 'wrong' })
    const request = { oboAssertion: await forge(), scopes: [armScope] }
    await assert.rejects(app.acquireTokenOnBehalfOf(request), (error) => {
      assert.ok(error instanceof ServerError)
      assert.equal(error.errorCode, 'invalid_client')
      assert.equal(String(error.errorNo), '7000215')
      return true
    })
  })
})

test('OIDC scopes add refresh token, id_token and client_info', async () => {
  const scope = `${armScope} openid profile offline_access`
  const answer = await token(entra, oboForm(await forge(), { scope, client_info: '1' }))
  assert.ok(answer.refresh_token && answer.id_token && answer.client_info)
  const { aud, iss } = decodeJwt(answer.id_token)
  assert.deepEqual({ aud, iss }, { aud: clients.api.clientId, iss: issuer })
  const bare = await token(entra, oboForm(await forge()))
  assert.ok(!bare.refresh_token && !bare.id_token && !bare.client_info)
})

test('aud of a v1 token is the name that the request used for the resource', async () => {
  for (const prefix of ['https://management.azure.com/', armClientId]) {
    const scope = `${prefix}/user_impersonation`
    const answer = await token(entra, oboForm(await forge(), { scope }))
    assert.equal(decodeJwt(answer.access_token).aud, prefix)
  }
})

test('a v1 API accepts assertions for its identifier URI', async () => {
  entra.admin.updateApp(clients.api.clientId, { accessTokenVersion: 1 })
  assert.equal((await token(entra, oboForm(await forge()))).status, 200)
})
