/**
 * ARM's app settings of a function app, and its connections of Foundry projects, for RemoteTool connections with an OAuth app of one's own, as they have been
 * seen to answer (microsoft/azure-skills, foundry-tool-catalog.md): `scopes` is an array or the body cannot be read,
 * `redirectUrl` and `connectorName` are the server's, credentials never come back.
 */
import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import * as z from 'zod'
import type { TokenCheck } from '../../../local/azure/access-token.ts'
import { armError, authorizationFailed, Refusal } from '../../../local/azure/errors.ts'
import { answerRefusals, jsonBody, signedInUser } from './surface.ts'

export type StoredConnection = z.output<typeof connectionBody>['properties'] & {
  redirectUrl?: string
}

export type ArmState = {
  /** Resource ids of projects; of other subscriptions nothing is known. */
  projects: string[]
  /** By resource id. */
  connections: Map<string, StoredConnection>
  /** `oid`s of users who may read, and of those who may also write. */
  readers: string[]
  writers: string[]
  /** Otherwise they come later. */
  makesRedirectUrls: boolean
  /** App settings of the function app, and `oid`s of users who may read and write them. */
  settings: Record<string, string>
  siteContributors: string[]
  /** Refuses every write. */
  refuseWrite: ((written: StoredConnection) => Refusal) | undefined
  /** Method and path of every write. */
  writes: string[]
}

const connectionBody = z.strictObject({
  properties: z.strictObject({
    category: z.literal('RemoteTool'),
    authType: z.literal('OAuth2'),
    target: z.url(),
    credentials: z.strictObject({ clientId: z.guid(), clientSecret: z.string().min(1) }),
    authorizationUrl: z.url(),
    tokenUrl: z.url(),
    scopes: z.array(z.string()),
    metadata: z.record(z.string(), z.string()).default({}),
  }),
})

export const functionApp =
  '/subscriptions/50000001-0000-4000-8000-000000000001/resourceGroups/rg-mcp/providers/Microsoft.Web/sites/func-mcp'
const settingsBody = z.strictObject({ properties: z.record(z.string(), z.string()) })

const project =
  '/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.CognitiveServices/accounts/:account/projects/:project'

export function createArm(state: ArmState, check: TokenCheck): Hono {
  const app = new Hono()
  answerRefusals(app, armError)

  app.use(async (c, next) => {
    const user = await signedInUser(c.req.raw, {
      check,
      scopes: ['user_impersonation'],
      refuse: (problem) =>
        new Refusal({ status: 401, code: 'InvalidAuthenticationToken', message: problem }),
    })
    if (c.req.path.startsWith(`${functionApp}/config/appsettings`)) {
      if (!state.siteContributors.includes(user.oid)) {
        const action = 'Microsoft.Web/sites/config/list/action'
        throw authorizationFailed({ ...user, action, scope: c.req.path })
      }
      if (c.req.method === 'PUT') state.writes.push(`PUT ${c.req.path}`)
      return next()
    }
    const isWrite = c.req.method !== 'GET'
    if (!(isWrite ? state.writers : state.readers).includes(user.oid)) {
      const verb = isWrite ? 'write' : 'read'
      const action = `Microsoft.CognitiveServices/accounts/projects/connections/${verb}`
      throw authorizationFailed({ ...user, action, scope: c.req.path })
    }
    if (isWrite) state.writes.push(`${c.req.method} ${c.req.path}`)
    const versions = isWrite ? ['2025-04-01-preview', '2025-06-01'] : ['2025-06-01']
    if (!versions.includes(c.req.query('api-version') ?? '')) {
      throw new Refusal({ status: 400, code: 'InvalidApiVersionParameter', message: 'No such.' })
    }
    if (!state.projects.some((id) => c.req.path === id || c.req.path.startsWith(`${id}/`))) {
      throw notFound('The project')
    }
    await next()
  })

  // Microsoft.Web 2024-04-01, Web Apps - List and Update Application Settings: reading is a POST, writing replaces all.
  app.post(`${functionApp}/config/appsettings/list`, (c) =>
    c.json({ name: 'appsettings', properties: state.settings }),
  )
  app.put(`${functionApp}/config/appsettings`, async (c) => {
    const body = settingsBody.safeParse(await jsonBody(c))
    if (!body.success) throw new Refusal({ status: 400, code: 'BadRequest', message: 'Invalid.' })
    state.settings = body.data.properties
    return c.json({ name: 'appsettings', properties: state.settings })
  })

  app.get(project, (c) =>
    c.json({ id: c.req.path, properties: { provisioningState: 'Succeeded' } }),
  )

  app.get(`${project}/connections/:connection`, (c) => {
    const found = state.connections.get(c.req.path)
    if (found === undefined) throw notFound('The connection')
    return c.json(shown(c.req.path, found))
  })

  app.put(`${project}/connections/:connection`, async (c) => {
    const body = connectionBody.safeParse(await jsonBody(c))
    if (!body.success) {
      const message = 'Error when parsing request; unable to deserialize request body'
      throw new Refusal({ status: 400, code: 'UserError', message })
    }
    const redirectUrl =
      state.connections.get(c.req.path)?.redirectUrl ??
      `https://global.consent.azure-apim.net/redirect/${randomBytes(16).toString('hex')}`
    const stored = {
      ...body.data.properties,
      ...(state.makesRedirectUrls ? { redirectUrl } : {}),
    }
    if (state.refuseWrite) throw state.refuseWrite(stored)
    state.connections.set(c.req.path, stored)
    return c.json(shown(c.req.path, stored))
  })
  return app
}

const notFound = (what: string) =>
  new Refusal({ status: 404, code: 'ResourceNotFound', message: `${what} was not found.` })

const shown = (id: string, stored: StoredConnection) => ({
  id,
  name: id.split('/').at(-1),
  type: 'Microsoft.CognitiveServices/accounts/projects/connections',
  properties: {
    ...stored,
    credentials: null,
    connectorName: `gateway-${id.split('/').at(-1)}`,
    group: 'GenericProtocol',
    peRequirement: 'NotRequired',
    useCustomConnector: false,
  },
})
