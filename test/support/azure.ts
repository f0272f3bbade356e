/**
 * The Azure emulator with an Entra of a few lines: one key, published where the emulator looks for it, and tokens
 * signed with it that say what a test wants. Not a model of Entra.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import * as z from 'zod'
import { startAzure } from '../../local/azure/server.ts'
import { directory, subscriptions, tenantId, type User } from '../../local/seed.ts'

export const issuer = `https://sts.windows.net/${tenantId}/`
export const armScope = { aud: 'https://management.azure.com', scp: 'user_impersonation' }
export const graphScope = { aud: 'https://graph.microsoft.com', scp: 'User.Read' }

/** Saturday; the year before and the month so far are there. */
export const today = new Date('2026-11-21T10:00:00Z')

/** The `error` of a refusal, and fails for an answer that is none. */
export const errorOf = async (response: Response) => refusal.parse(await response.json()).error

const refusal = z.object({ error: z.looseObject({ code: z.string(), message: z.string() }) })

export type AzureForTest = Awaited<ReturnType<typeof startAzureForTest>>

export async function startAzureForTest(now: () => Date = () => today) {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const stranger = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', use: 'sig', alg: 'RS256' }
  const data = directory('http://localhost:7071')
  const entra = createServer((request, response) => {
    const answers: Record<string, unknown> = {
      [`/${tenantId}/discovery/v2.0/keys`]: { keys: [jwk] },
      '/admin/state': { ...data, apps: [] },
    }
    const answer = answers[request.url ?? '']
    response.writeHead(answer ? 200 : 404, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify(answer ?? { keys: [] }))
  })
  entra.listen(0, 'localhost')
  await once(entra, 'listening')
  const address = entra.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const azure = await startAzure({
    port: 0,
    directory: data,
    entraOrigin: `http://localhost:${address.port}`,
    subscriptions,
    today: now,
  })

  /** A v1.0 token as Entra issues it for ARM; `claims` replace its own, undefined removes. */
  const tokenFor = (user: User, claims: Record<string, unknown> = {}, key = privateKey) =>
    new SignJWT({
      iss: issuer,
      ...armScope,
      exp: Math.floor(Date.now() / 1000) + 3600,
      oid: user.oid,
      upn: user.upn,
      ver: '1.0',
      ...claims,
    })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'k1' })
      .sign(key)

  return {
    azure,
    tokenFor,
    /** Signed by an unpublished key, under a published `kid`. */
    forgedTokenFor: (user: User) => tokenFor(user, {}, stranger.privateKey),
    /** A request to ARM in the name of `user`; `path` may be a whole URL, as links and Locations are. */
    async arm(
      user: User,
      path: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ): Promise<Response> {
      const token = await tokenFor(user)
      return fetch(path.startsWith('http') ? path : `${azure.arm}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          Authorization: `Bearer ${token}`,
          'Content-Type': 'application/json',
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    },
    /** A request to Graph in the name of `user`. */
    async graph(
      user: User,
      path: string,
      {
        scp,
        headers = {},
        patch,
      }: { scp: string; headers?: Record<string, string>; patch?: string },
    ): Promise<Response> {
      const token = await tokenFor(user, { ...graphScope, scp })
      return fetch(path.startsWith('http') ? path : `${azure.graph}/v1.0${path}`, {
        headers: { ...headers, authorization: `Bearer ${token}` },
        ...(patch === undefined ? {} : { method: 'PATCH', body: patch }),
      })
    },
    async close() {
      await azure.close()
      entra.close()
      entra.closeAllConnections()
    },
  }
}
