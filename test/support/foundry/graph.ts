/**
 * Graph's applications, as far as their redirect URIs and client secrets go (Microsoft Graph v1.0, application: get,
 * update, addPassword, removePassword), and who has consented. What is written here the Entra emulator then honours.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import * as z from 'zod'
import type { TokenCheck } from '../../../local/azure/access-token.ts'
import { Refusal } from '../../../local/azure/errors.ts'
import {
  graphError,
  graphNotFound,
  requestDenied,
  unauthorized,
} from '../../../local/azure/graph-errors.ts'
import type { Entra } from '../../../local/entra/server.ts'
import { answerRefusals, jsonBody, signedInUser } from './surface.ts'

type Password = {
  keyId: string
  displayName: string
  endDateTime: string
  secretText: string
}

export type GraphState = {
  /** Client id of the registration that can be changed; its secrets here are all it has. */
  clientId: string
  /** `oid`s of its owners, and of who may at least read. */
  owners: string[]
  readers: string[]
  passwords: Password[]
  /** Client ids without a service principal in the tenant. */
  withoutPrincipal: string[]
  /** Error code that a policy gives to every new secret. */
  secretPolicy: string | undefined
  /** Method and path of every write. */
  writes: string[]
}

const objectId = '0b1ec7ed-0000-4000-8000-000000000000'

const passwordBody = z.strictObject({
  passwordCredential: z.strictObject({
    displayName: z.string(),
    endDateTime: z.iso.datetime(),
  }),
})
const keyBody = z.strictObject({ keyId: z.guid() })
const webBody = z.strictObject({
  web: z.strictObject({ redirectUris: z.array(z.url()).max(256) }),
})

export function createGraph(state: GraphState, entra: Entra, check: TokenCheck): Hono {
  const app = new Hono()
  answerRefusals(app, graphError)

  const registered = () => {
    const found = entra.admin.state().apps.find(({ clientId }) => clientId === state.clientId)
    if (found === undefined) throw new Error('The registration is not in the tenant.')
    return found
  }
  const honour = () =>
    entra.admin.updateApp(state.clientId, {
      secrets: state.passwords.map(({ secretText }) => secretText),
    })
  const read = <Body extends z.ZodType>(schema: Body, body: unknown): z.output<Body> => {
    const parsed = schema.safeParse(body)
    if (parsed.success) return parsed.data
    throw new Refusal({ status: 400, code: 'Request_BadRequest', message: 'Invalid property.' })
  }

  app.use(async (c, next) => {
    const user = await signedInUser(c.req.raw, {
      check,
      // What the sign-ins of the Azure CLI and its like carry.
      scopes: ['Application.ReadWrite.All', 'Directory.AccessAsUser.All'],
      refuse: unauthorized,
    })
    const isWrite = c.req.method !== 'GET'
    if (!(isWrite ? state.owners : state.readers).includes(user.oid)) throw requestDenied()
    if (isWrite) {
      if (!c.req.path.startsWith(`/v1.0/applications/${objectId}`)) throw notThere(c.req.path)
      state.writes.push(`${c.req.method} ${c.req.path}`)
    }
    await next()
  })

  app.get('/v1.0/:application{applications\\(appId=.+\\)}', (c) => {
    if (c.req.param('application') !== `applications(appId='${state.clientId}')`) {
      throw notThere(c.req.path)
    }
    const { name, redirectUris } = registered()
    return c.json({
      id: objectId,
      displayName: name,
      web: { redirectUris },
      passwordCredentials: state.passwords.map(({ secretText, ...shown }) => ({
        ...shown,
        hint: secretText.slice(0, 3),
        secretText: null,
      })),
    })
  })

  app.patch('/v1.0/applications/:id', async (c) => {
    const { redirectUris } = read(webBody, await jsonBody(c)).web
    entra.admin.updateApp(state.clientId, { redirectUris })
    return c.body(null, 204)
  })

  app.post('/v1.0/applications/:id/addPassword', async (c) => {
    const { passwordCredential } = read(passwordBody, await jsonBody(c))
    if (state.secretPolicy !== undefined) {
      throw new Refusal({ status: 400, code: state.secretPolicy, message: 'By policy.' })
    }
    const secretText = randomBytes(30).toString('base64url')
    const password = { ...passwordCredential, keyId: randomUUID(), secretText }
    state.passwords.push(password)
    honour()
    return c.json({ ...password, hint: secretText.slice(0, 3) })
  })

  app.post('/v1.0/applications/:id/removePassword', async (c) => {
    const { keyId } = read(keyBody, await jsonBody(c))
    const at = state.passwords.findIndex((password) => password.keyId === keyId)
    if (at < 0) {
      throw new Refusal({ status: 400, code: 'Request_BadRequest', message: 'No such password.' })
    }
    state.passwords.splice(at, 1)
    honour()
    return c.body(null, 204)
  })

  app.get('/v1.0/:principal{servicePrincipals\\(appId=.+\\)}', (c) => {
    const [, appId] = /'(.+)'/.exec(c.req.param('principal')) ?? []
    const found = entra.admin.state().apps.find(({ clientId }) => clientId === appId)
    if (!found || state.withoutPrincipal.includes(found.clientId)) throw notThere(c.req.path)
    return c.json({ id: found.servicePrincipal })
  })

  app.get('/v1.0/oauth2PermissionGrants', (c) => {
    const [, client] = /^clientId eq '([^']+)'$/.exec(c.req.query('$filter') ?? '') ?? []
    const { apps, grants } = entra.admin.state()
    const principal = (id: string) => apps.find(({ clientId }) => clientId === id)?.servicePrincipal
    const value = grants
      .filter((grant) => principal(grant.client) === client)
      .map((grant) => ({
        consentType: grant.user === 'everyone' ? 'AllPrincipals' : 'Principal',
        principalId: grant.user === 'everyone' ? null : grant.user,
        resourceId: principal(grant.resource),
        scope: grant.scopes.join(' '),
      }))
    return c.json({ value })
  })
  return app
}

const notThere = (path: string) =>
  graphNotFound('Request_ResourceNotFound', `Resource '${path}' does not exist.`)
