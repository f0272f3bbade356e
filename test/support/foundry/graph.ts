/**
 * Graph's applications, as far as their making, their redirect URIs and client secrets go (Microsoft Graph v1.0,
 * application: get, upsert, update, addPassword, removePassword), and who has consented. What is written here the Entra
 * emulator then honours.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import * as z from 'zod'
import permissions from '../../../infra/permissions.json' with { type: 'json' }
import type { TokenCheck } from '../../../local/azure/access-token.ts'
import { Refusal } from '../../../local/azure/errors.ts'
import {
  graphError,
  graphNotFound,
  requestDenied,
  unauthorized,
} from '../../../local/azure/graph-errors.ts'
import type { Entra } from '../../../local/entra/server.ts'
import { blankApp, clients } from '../../../local/seed.ts'
import { answerRefusals, jsonBody, signedInUser } from './surface.ts'

type Password = {
  keyId: string
  displayName: string
  endDateTime: string
  secretText: string
}

export type GraphState = {
  /** `uniqueName` of the API's registration; Foundry's is derived from it. */
  apiName: string | null
  /** Foundry's registration, absent until it is made, and its secrets. */
  passwords: Password[]
  /** Of the registration of public clients: what earlier versions left. */
  publicPasswords: Password[]
  /** `oid`s of its owners, and of users who may read. */
  owners: string[]
  readers: string[]
  /** Client ids without a service principal in the tenant. */
  withoutPrincipal: string[]
  /** Error code that a policy gives to every new secret. */
  secretPolicy: string | undefined
  /** Whether users may make registrations. */
  mayRegister: boolean
  /** Method and path of every write. */
  writes: string[]
}

/** Made with this client id, so that tests can name it. */
export const foundryClientId = 'c0000000-0000-4000-8000-0000000000f0'
const foundryName = 'mcp-foundry-abcdefghijklm'
const objectId = '0b1ec7ed-0000-4000-8000-000000000000'
const publicObjectId = '0b1ec7ed-0000-4000-8000-000000000001'

const passwordBody = z.strictObject({
  passwordCredential: z.strictObject({
    displayName: z.string(),
    endDateTime: z.iso.datetime(),
  }),
})
const upsertBody = z.strictObject({
  displayName: z.string(),
  signInAudience: z.literal('AzureADMyOrg'),
  requiredResourceAccess: z.array(
    z.strictObject({
      resourceAppId: z.guid(),
      resourceAccess: z.array(z.strictObject({ id: z.guid(), type: z.literal('Scope') })).min(1),
    }),
  ),
})
const principalBody = z.strictObject({ appId: z.guid() })
const keyBody = z.strictObject({ keyId: z.guid() })
const webBody = z.strictObject({
  web: z.strictObject({ redirectUris: z.array(z.url()).max(256) }),
})

export function createGraph(state: GraphState, entra: Entra, check: TokenCheck): Hono {
  const app = new Hono()
  answerRefusals(app, graphError)

  const appOf = (id: string) => entra.admin.state().apps.find(({ clientId }) => clientId === id)
  const honour = () =>
    entra.admin.updateApp(foundryClientId, {
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
      // What the Azure CLI's sign-in has.
      scopes: ['Application.ReadWrite.All', 'Directory.AccessAsUser.All'],
      refuse: unauthorized,
    })
    const isWrite = c.req.method !== 'GET'
    if (!(isWrite ? state.owners : state.readers).includes(user.oid)) throw requestDenied()
    if (isWrite) state.writes.push(`${c.req.method} ${c.req.path}`)
    await next()
  })

  app.get('/v1.0/:application{applications\\(.+\\)}', (c) => {
    const [, key, value] = /\((\w+)='(.+)'\)/.exec(c.req.param('application')) ?? []
    if (key === 'appId' && value === clients.api.clientId) {
      return c.json({
        displayName: 'MCP servers (dev)',
        uniqueName: state.apiName,
        api: {
          oauth2PermissionScopes: permissions.scopes.map(({ id, consent }) => ({
            id,
            type: consent === 'user' ? 'User' : 'Admin',
          })),
        },
      })
    }
    const found = key === 'uniqueName' && value === foundryName && appOf(foundryClientId)
    if (found) return c.json(shown(objectId, found, state.passwords))
    const shared = key === 'appId' && value === clients.public.clientId && appOf(value)
    if (shared) return c.json(shown(publicObjectId, shared, state.publicPasswords))
    throw notThere(c.req.path)
  })

  app.patch('/v1.0/:application{applications\\(uniqueName=.+\\)}', async (c) => {
    const { displayName, requiredResourceAccess } = read(upsertBody, await jsonBody(c))
    if (c.req.header('prefer') !== 'create-if-missing') throw notThere(c.req.path)
    if (!state.mayRegister) throw requestDenied()
    if (appOf(foundryClientId)) return c.body(null, 204)
    entra.admin.putApp({
      ...blankApp,
      clientId: foundryClientId,
      name: displayName,
      requires: requiredResourceAccess.map(({ resourceAppId, resourceAccess }) => ({
        resource: resourceAppId,
        scopes: permissions.scopes
          .filter(({ id }) => resourceAccess.some((it) => it.id === id))
          .map(({ value }) => value),
      })),
    })
    state.withoutPrincipal.push(foundryClientId)
    return c.json({ id: objectId, appId: foundryClientId }, 201)
  })

  app.post('/v1.0/servicePrincipals', async (c) => {
    const { appId } = read(principalBody, await jsonBody(c))
    state.withoutPrincipal = state.withoutPrincipal.filter((it) => it !== appId)
    return c.json({ id: appOf(appId)?.servicePrincipal }, 201)
  })

  app.patch('/v1.0/applications/:id', async (c) => {
    const { redirectUris } = read(webBody, await jsonBody(c)).web
    entra.admin.updateApp(foundryClientId, { redirectUris })
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
    const isPublic = c.req.param('id') === publicObjectId
    const passwords = isPublic ? state.publicPasswords : state.passwords
    const at = passwords.findIndex((password) => password.keyId === keyId)
    if (at < 0) {
      throw new Refusal({ status: 400, code: 'Request_BadRequest', message: 'No such password.' })
    }
    passwords.splice(at, 1)
    if (!isPublic) honour()
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

const shown = (
  id: string,
  { clientId, name, redirectUris }: { clientId: string; name: string; redirectUris: string[] },
  passwords: readonly Password[],
) => ({
  id,
  appId: clientId,
  displayName: name,
  web: { redirectUris },
  passwordCredentials: passwords.map(({ secretText, ...password }) => ({
    ...password,
    hint: secretText.slice(0, 3),
    secretText: null,
  })),
})

const notThere = (path: string) =>
  graphNotFound('Request_ResourceNotFound', `Resource '${path}' does not exist.`)
