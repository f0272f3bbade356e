/**
 * Paths, and what applies to all of them: loopback host names only, no pages of other origins, the request log, faults.
 * The endpoints are in their own modules.
 */
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import type { Admin } from './admin.ts'
import { answerAdminConsent } from './admin-consent.ts'
import { adminRoutes } from './admin-routes.ts'
import { answerAuthorize } from './authorize-routes.ts'
import { Refusal } from './errors.ts'
import { type Faults, type Place, strike } from './faults.ts'
import { managedIdentityToken } from './managed-identity.ts'
import { instanceDiscovery, keySet, openidConfiguration } from './metadata.ts'
import { mistakePage, overviewPage } from './overview-page.ts'
import { parseParameters } from './parameters.ts'
import { refusalResponse, trace } from './refusal-body.ts'
import type { Note, RequestLog } from './request-log.ts'
import type { FrontChannelRequest } from './return-address.ts'
import { applyForm } from './start-forms.ts'
import type { Tenant } from './tenant.ts'
import { answerTokenRequest, grantKind } from './token-endpoint.ts'

type Env = { Bindings: HttpBindings; Variables: { note: Note } }
type Parts = {
  tenant: Tenant
  admin: Admin
  faults: Faults
  log: RequestLog
  identityHeader: string
}

const adminConsentPaths = ['/:tid/v2.0/adminconsent', '/:tid/adminconsent']

/** Web pages of any origin may read these, as at Entra. */
const publicDocument = { 'access-control-allow-origin': '*' }

/** The emulator as a Hono app. */
export function createRoutes({ tenant, admin, faults, log, identityHeader }: Parts): Hono<Env> {
  const { tenantId, clock } = tenant
  const app = new Hono<Env>()

  app.use(async (c, next) => {
    if (!isLoopback(c.req.header('host'))) return c.text('This host is not served here.', 421)
    return next()
  })
  app.use('/admin/*', ownOriginOnly)
  app.use('/:tid/oauth2/v2.0/authorize', ownOriginOnly)
  for (const path of adminConsentPaths) app.use(path, ownOriginOnly)
  app.route('/admin', adminRoutes(admin))
  app.use('/', ownOriginOnly)
  app.get('/', () => overviewPage(tenant, admin))
  app.post('/', async (c) => {
    const mistake = await applyForm(admin, await form(c)).catch((error: Error) => error.message)
    return mistake ? mistakePage(mistake) : c.redirect('/', 303)
  })
  app.get('/favicon.ico', (c) => c.body(null, 204))

  app.use(async (c, next) => {
    const note: Note = { kind: 'unknown' }
    c.set('note', note)
    await next()
    const reset = c.res.headers.has('x-hono-already-sent')
    const { method, path } = c.req
    const time = clock.date().toISOString()
    log.add({ time, method, path, ...note, status: reset ? 0 : c.res.status })
  })

  const traced = (c: Context<Env>) => trace(clock.milliseconds(), correlationId(c))
  const struck = async (c: Context<Env>, place: Place): Promise<Response | undefined> => {
    for (const fault of faults.due(place)) {
      const answer = await strike(fault, traced(c))
      if (answer === 'reset') {
        c.env.incoming.socket.resetAndDestroy()
        return RESPONSE_ALREADY_SENT
      }
      if (answer) return answer
    }
    return undefined
  }
  /** Logs the endpoint's name, applies its faults and checks the tenant. */
  const endpoint =
    (place: Place, answer: (c: Context<Env>) => Response | Promise<Response>) =>
    async (c: Context<Env>) => {
      c.var.note.kind = place
      const trouble = await struck(c, place)
      if (trouble) return trouble
      const tid = c.req.param('tid')
      if (tid !== undefined && tid !== tenantId) throw new Refusal(90002, { tenant: tid })
      return answer(c)
    }

  app.get(
    '/:tid/v2.0/.well-known/openid-configuration',
    endpoint('discovery', (c) => c.json(openidConfiguration(tenant), 200, publicDocument)),
  )
  app.get(
    '/:tid/discovery/v2.0/keys',
    endpoint('keys', (c) => c.json(keySet(tenant), 200, publicDocument)),
  )
  app.get(
    '/common/discovery/instance',
    endpoint('discovery', (c) => c.json(instanceDiscovery(tenant), 200, publicDocument)),
  )
  const frontChannel = async (c: Context<Env>): Promise<FrontChannelRequest> => {
    const posted = c.req.method === 'POST'
    const parameters = posted ? await form(c) : new URL(c.req.url).searchParams
    return { parameters, posted, trace: traced(c), note: c.var.note }
  }
  app.on(
    ['GET', 'POST'],
    '/:tid/oauth2/v2.0/authorize',
    endpoint('authorize', async (c) => answerAuthorize(tenant, await frontChannel(c))),
  )
  app.on(
    ['GET', 'POST'],
    adminConsentPaths,
    endpoint('admin_consent', async (c) => answerAdminConsent(tenant, await frontChannel(c))),
  )
  app.post(
    '/:tid/oauth2/v2.0/token',
    endpoint('token', async (c) => {
      const { note } = c.var
      const parameters = parseParameters(await form(c))
      note.kind = grantKind(parameters)
      note.clientId = parameters.optional('client_id')
      note.scope = parameters.optional('scope')
      const trouble = note.kind === 'on_behalf_of' ? await struck(c, 'on_behalf_of') : undefined
      return (
        trouble ??
        answerTokenRequest(tenant, {
          parameters,
          authorization: c.req.header('authorization'),
          identified: (user) => {
            note.user = user
          },
        })
      )
    }),
  )
  app.all(
    '/:tid/oauth2/v2.0/token',
    endpoint('token', (c) => {
      throw new Refusal(900561, { method: c.req.method })
    }),
  )
  app.get(
    '/msi/token',
    endpoint('managed_identity', (c) => {
      const query = new URL(c.req.url).searchParams
      c.var.note.clientId = query.get('client_id') ?? undefined
      c.var.note.scope = query.get('resource') ?? undefined
      const header = c.req.header('x-identity-header')
      return managedIdentityToken(tenant, identityHeader, { header, query })
    }),
  )
  app.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error
    c.var.note.error = error.code
    return refusalResponse(error, traced(c))
  })
  return app
}

/** Refuses other names that resolve to loopback (DNS rebinding). */
function isLoopback(host: string | undefined): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host ?? '')
}

/** Browsers send Origin with every request except same-origin GET and navigation. */
async function ownOriginOnly(c: Context<Env>, next: () => Promise<void>) {
  const origin = c.req.header('origin')
  if (origin !== undefined && origin !== new URL(c.req.url).origin) {
    return c.text('Requests from other origins are refused.', 403)
  }
  return next()
}

async function form(c: Context<Env>): Promise<URLSearchParams> {
  const type = c.req.header('content-type') ?? ''
  if (!type.startsWith('application/x-www-form-urlencoded')) return new URLSearchParams()
  return new URLSearchParams(await c.req.text())
}

/** The client's own, if it is a GUID. */
function correlationId(c: Context<Env>): string | undefined {
  const sent = c.req.query('client-request-id') ?? c.req.header('client-request-id')
  return sent && /^[0-9a-f-]{36}$/i.test(sent) ? sent : undefined
}
