/**
 * Emulates the other APIs of infra/permissions.json: each returns the answers of its JSON file, but only to a user whose
 * token Entra issued for it. Reads the file on every request.
 */
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { listen } from '../host/listen.ts'
import type { Directory } from '../seed.ts'
import { answerOf, readAnswers } from './answers.ts'
import { createTokenCheck, entraKeys, entraUsers } from './token.ts'

/** `name`: of the file far-sides/<name>.json. `resource`: identifier URI. */
export type FarSide = { name: string; resource: string }

export type FarSides = {
  /** An API's base URL is `<origin>/<name>`. */
  origin: string
  close(): Promise<void>
}

/**
 * @param options.port 0: any free port
 * @throws `EADDRINUSE`; an Error for an API without app registration
 */
export async function startFarSides(options: {
  port: number
  directory: Directory
  entraOrigin: string
  apis: readonly FarSide[]
  /** Folder of the JSON files. */
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
  app.notFound(() => problem(404, 'not_found', 'The local stack has no API at this address.'))
  app.onError((error) => {
    console.error('Far side:', error.message)
    return problem(
      500,
      'far_side_failed',
      'The far side failed. See the output of the local stack.',
    )
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
