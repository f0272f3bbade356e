/**
 * APIs of one's own for local work: each answers what its JSON file says, but only to a user whose token Entra issued for
 * it. Which APIs there are follows from infra/permissions.json; the answers are read anew for each request.
 */
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { listen } from '../host/listen.ts'
import type { Directory } from '../seed.ts'
import { answerOf, readAnswers } from './answers.ts'
import { createTokenCheck, entraKeys, entraUsers } from './token.ts'

/** `name`: as in its file, far-sides/<name>.json. `resource`: its identifier URI. */
export type FarSide = { name: string; resource: string }

export type FarSides = {
  /** Base URL of each is below it, by its name. */
  origin: string
  close(): Promise<void>
}

/**
 * @param options.port 0 for any free one
 * @throws `EADDRINUSE`
 */
export async function startFarSides(options: {
  port: number
  directory: Directory
  entraOrigin: string
  apis: readonly FarSide[]
  /** Where the files are. */
  folder?: URL
}): Promise<FarSides> {
  const { port, directory, entraOrigin, apis, folder = new URL('.', import.meta.url) } = options
  const { tenantId } = directory
  const users = entraUsers(entraOrigin)
  const keys = entraKeys(entraOrigin, tenantId)
  const issuer = `${entraOrigin}/${tenantId}/v2.0`
  const app = new Hono()
  for (const { name, resource } of apis) {
    const registration = directory.apps.find((it) => it.identifierUris.includes(resource))
    if (!registration) throw new Error(`No app registration has the identifier URI ${resource}`)
    const { clientId, scopes } = registration
    const check = createTokenCheck({
      ...{ keys, issuer, tenantId, audience: clientId, users },
      scopes: scopes.map(({ value }) => value),
    })
    app.all(`/${name}/*`, async (c) => {
      const checked = await check(c.req.header('authorization'))
      if ('problem' in checked) return unauthorized(checked.problem)
      const answers = await readAnswers(new URL(`${name}.json`, folder))
      const path = c.req.path.slice(`/${name}`.length)
      return answerOf(answers, { method: c.req.method, path, upn: checked.upn })
    })
  }
  app.notFound(() => problem(404, 'not_found', 'No API of the local stack has this address.'))
  app.onError((error) => {
    console.error('Far side:', error.message)
    return problem(500, 'far_side_failed', 'The far side failed; the output of the stack says why.')
  })
  const server = createServer(getRequestListener(app.fetch))
  const { port: bound, close } = await listen(server, port)
  return { origin: `http://localhost:${bound}`, close }
}

/** RFC 6750 §3.1. */
const unauthorized = (description: string) =>
  problem(401, 'invalid_token', description, {
    'www-authenticate': `Bearer error="invalid_token", error_description="${description}"`,
  })

const problem = (status: number, error: string, description: string, headers = {}) =>
  Response.json({ error, error_description: description }, { status, headers })
