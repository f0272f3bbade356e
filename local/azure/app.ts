/**
 * The emulator as one `fetch`: connects ARM, Graph, blobs and admin to the data, gives each request its ids and keeps the
 * log. server.ts opens the port.
 */
import { randomUUID } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { entraKeys } from '../far-sides/token.ts'
import type { Directory, Subscription } from '../seed.ts'
import { createTokenCheck } from './access-token.ts'
import { adminRoutes, createAdmin } from './admin.ts'
import { armAudiences, createArm } from './arm.ts'
import { createBlobs } from './blobs.ts'
import { budgetOperation } from './budget-operation.ts'
import { createCostLimits } from './cost-limits.ts'
import { type CostScope, createScopes } from './cost-scope.ts'
import { createCosts } from './data.ts'
import { dayOf } from './days.ts'
import { createEntraAdmin } from './entra-admin.ts'
import { armError, Refusal } from './errors.ts'
import { createFaults } from './faults.ts'
import { forecastOperation } from './forecast-operation.ts'
import { createGraph, graphAudiences } from './graph.ts'
import { applicationOperations } from './graph-applications.ts'
import { consentOperations } from './graph-consents.ts'
import { groupOperations } from './graph-groups.ts'
import { userOperations } from './graph-users.ts'
import { createPaging } from './paging.ts'
import { createProfiles } from './profiles.ts'
import { queryOperation } from './query-operation.ts'
import { reportOperations } from './report-operations.ts'
import { createReportResults } from './report-result.ts'
import { resourceGraphOperation } from './resource-graph.ts'
import { createRevocationCheck } from './revocation.ts'
import { subscriptionOperations } from './subscriptions.ts'
import { createRequestLog, type Surface, type Visit } from './visit.ts'

/** @param options.now the clock of costs and links (not of tokens) */
export function createApp(options: {
  origin: string
  directory: Directory
  entraOrigin: string
  subscriptions: Subscription[]
  now: () => Date
}) {
  const { origin, directory, entraOrigin, subscriptions, now } = options
  const { tenantId } = directory
  const arm = `${origin}/arm`
  const graph = `${origin}/graph`
  const faults = createFaults()
  const log = createRequestLog()
  const limits = createCostLimits({ settings: () => settings().limits })
  const profiles = createProfiles()
  const admin = createAdmin({ faults, limits, profiles, log })
  const { settings } = admin
  const keys = entraKeys(entraOrigin, tenantId)
  const entraAdmin = createEntraAdmin(entraOrigin)
  const checkRevocation = createRevocationCheck(entraAdmin)
  const blobs = createBlobs({ base: `${origin}/blob`, now })
  const today = () => dayOf(now())
  const costsOf = createCosts(today, () => settings().costs)
  const costsIn = (scope: CostScope) => scope.subscriptions.flatMap(costsOf).filter(scope.covers)
  const readableScope = createScopes(subscriptions)
  const resultOf = createReportResults({ costsIn, blobs, now })
  const paged = createPaging()

  const armSurface = createArm({
    base: '/arm',
    checkToken: createTokenCheck({ keys, tenantId, audiences: armAudiences }),
    checkRevocation,
    faults,
    operations: [
      ...subscriptionOperations({ arm, tenantId, subscriptions, paged, settings }),
      queryOperation({ arm, readableScope, costsIn, today, limits, paged, settings }),
      resourceGraphOperation({ subscriptions, paged }),
      forecastOperation({ readableScope, costsIn, today, limits }),
      budgetOperation({ arm, readableScope, costsIn, today, paged, settings }),
      ...reportOperations({ arm, readableScope, resultOf, today, settings }),
    ],
  })
  const graphSurface = createGraph({
    base: graph,
    operations: [
      ...userOperations({
        ...{ base: graph, directory: entraAdmin.directory, profiles, paged, settings },
      }),
      ...groupOperations({ paged, settings }),
      ...consentOperations({ directory: entraAdmin.directory, paged, settings }),
      ...applicationOperations({ directory: entraAdmin.directory, paged, settings }),
    ],
    checkToken: createTokenCheck({ keys, tenantId, audiences: graphAudiences }),
    checkRevocation,
    faults,
  })

  const app = new Hono<{ Bindings: HttpBindings }>()
  const serve = (path: string, surface: Surface) =>
    app.all(path, async (c) => {
      let isCut = false
      const visit: Visit = {
        requestId: randomUUID(),
        cut() {
          isCut = true
          c.env.incoming.socket.destroy()
          return RESPONSE_ALREADY_SENT
        },
      }
      const response = await surface(c.req.raw, visit).catch(unforeseen)
      const { requestId } = visit
      log.add({
        time: new Date().toISOString(),
        method: c.req.method,
        path: c.req.path,
        oid: visit.oid,
        status: isCut ? 0 : response.status,
        requestId,
      })
      if (isCut) return response
      response.headers.set('x-ms-request-id', requestId)
      const correlation = c.req.header('x-ms-correlation-request-id') ?? requestId
      response.headers.set('x-ms-correlation-request-id', correlation)
      return response
    })
  serve('/arm/*', armSurface)
  serve('/graph/*', graphSurface)
  serve('/blob/*', async (request) => blobs.get(request))
  app.route('/admin', adminRoutes(admin, origin))
  return { fetch: app.fetch, admin }
}

/** A bug of the emulator, or a failure of Entra's: printed for the developer. */
function unforeseen(error: unknown): Response {
  console.error('Azure emulator:', error)
  const message = 'The emulator failed; its output says why.'
  return armError(new Refusal({ status: 500, code: 'InternalServerError', message }))
}
