/**
 * A third party's MCP server for the relay: three tools over each user's own notes. It accepts Entra's tokens for itself
 * and does not know this project. Its admin API (loopback) selects the SDK that serves it and makes requests fail.
 */
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import * as z from 'zod'
import { createTokenCheck, entraKeys, entraUsers } from '../far-sides/token.ts'
import { listen } from '../host/listen.ts'
import { type Directory, notesApp, notesResource } from '../seed.ts'
import { createNotes } from './data.ts'
import { serveV1, serveV2 } from './serve.ts'
import { scopeOfTool } from './tools.ts'

const faultSchema = z.strictObject({
  /** Method of the message that fails; any, unless given. */
  method: z.string().optional(),
  status: z.int().min(400).max(599),
  /** Headers of the answer, such as a challenge or Retry-After. */
  headers: z.record(z.string(), z.string()).default({}),
  body: z.unknown().optional(),
  times: z.int().min(1).default(1),
})
const sdkSchema = z.enum(['v1', 'v2'])

export type NotesServer = {
  /** Its MCP endpoint. */
  url: string
  admin: {
    sdk: (version: z.output<typeof sdkSchema>) => void
    fail: (fault: z.input<typeof faultSchema>) => void
    /** Messages with a valid token, oldest first. */
    requests: () => readonly { method: string; upn: string }[]
    reset: () => void
  }
  close: () => Promise<void>
}

/** Serves with SDK v2 until the admin API says otherwise. @throws `EADDRINUSE` */
export async function startNotes(options: {
  port: number
  directory: Directory
  entraOrigin: string
}): Promise<NotesServer> {
  const { port, directory, entraOrigin } = options
  const { tenantId } = directory
  const check = createTokenCheck({
    tenantId,
    audience: notesApp.clientId,
    scopes: ['Notes.Use', 'Notes.Share'],
    keys: entraKeys(entraOrigin, tenantId),
    issuer: `${entraOrigin}/${tenantId}/v2.0`,
    users: entraUsers(entraOrigin),
  })
  const notes = createNotes()
  const served = { v1: serveV1(notes), v2: serveV2(notes) }
  let sdk: keyof typeof served = 'v2'
  let faults: z.output<typeof faultSchema>[] = []
  let requests: { method: string; upn: string }[] = []

  const admin: NotesServer['admin'] = {
    sdk(version) {
      sdk = version
    },
    fail(fault) {
      const order = faultSchema.parse(fault)
      faults.push(...Array.from({ length: order.times }, () => order))
    },
    requests: () => requests,
    reset() {
      sdk = 'v2'
      faults = []
      requests = []
      notes.reset()
    },
  }

  const app = new Hono()
  app.all('/mcp', async (c) => {
    const checked = await check(c.req.header('authorization'))
    if ('problem' in checked) return challenge(401, 'invalid_token', checked.problem)
    if (c.req.method !== 'POST') return served[sdk](c.req.raw, checked.upn)
    const message = await messageOf(c.req.raw.clone())
    requests.push({ method: message.method, upn: checked.upn })
    const fault = faults.find(({ method = message.method }) => method === message.method)
    if (fault) {
      faults = faults.toSpliced(faults.indexOf(fault), 1)
      const { status, headers, body = {} } = fault
      return Response.json(body, { status, headers })
    }
    const scope = scopeOfTool[message.params.name]
    if (scope && !checked.scopes.includes(scope)) {
      return challenge(
        403,
        'insufficient_scope',
        'Sharing needs the scope Notes.Share.',
        `${notesResource}/${scope}`,
      )
    }
    return served[sdk](c.req.raw, checked.upn)
  })
  app.use('/admin/*', async (c, next) => {
    const isLoopback = ['localhost', '127.0.0.1'].includes(new URL(c.req.url).hostname)
    if (isLoopback && c.req.header('origin') === undefined) return next()
    return c.json({ error: 'Only programs on this machine may call this, not web pages.' }, 403)
  })
  app.put('/admin/sdk', async (c) => {
    admin.sdk(z.strictObject({ version: sdkSchema }).parse(await c.req.json()).version)
    return c.body(null, 204)
  })
  app.post('/admin/faults', async (c) => {
    admin.fail(faultSchema.parse(await c.req.json()))
    return c.body(null, 204)
  })
  app.get('/admin/requests', (c) => c.json(admin.requests()))
  app.post('/admin/reset', (c) => {
    admin.reset()
    return c.body(null, 204)
  })

  const { port: bound, close } = await listen(createServer(getRequestListener(app.fetch)), port)
  return { url: `http://localhost:${bound}/mcp`, admin, close }
}

const messageSchema = z.object({
  method: z.string().default(''),
  params: z.object({ name: z.string().default('') }).default({ name: '' }),
})
async function messageOf(request: Request): Promise<z.output<typeof messageSchema>> {
  const body: unknown = await request.json().catch(() => ({}))
  return messageSchema.safeParse(body).data ?? messageSchema.parse({})
}

/** RFC 6750 §3. */
function challenge(
  status: 401 | 403,
  error: string,
  description: string,
  scope?: string,
): Response {
  const parameters = { error, error_description: description, ...(scope && { scope }) }
  const header = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`)
  return Response.json(
    { error, error_description: description },
    { status, headers: { 'www-authenticate': `Bearer ${header.join(', ')}` } },
  )
}
