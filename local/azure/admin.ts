/**
 * The emulator's controls: settings, faults and the request log, as an object for tests and over HTTP for scripts. Over
 * HTTP they refuse web pages: other Origins, and host names that are not loopback (DNS rebinding).
 */
import { Hono } from 'hono'
import * as z from 'zod'
import type { CostLimits } from './cost-limits.ts'
import { type FaultOrder, type Faults, faultSchema } from './faults.ts'
import type { Profiles } from './profiles.ts'
import { defaultSettings, type Settings, settingsSchema } from './settings.ts'
import type { createRequestLog, RequestRecord } from './visit.ts'

export type Admin = {
  settings: () => Settings
  change: (settings: Partial<Settings>) => void
  /** The next requests of one operation fail. */
  fail: (order: FaultOrder) => void
  /** Oldest first. */
  requests: () => RequestRecord[]
  /** Restores settings, faults, limits, users' changes and the log to their initial state. */
  reset: () => void
}

/** Ties the controls of one emulator together. */
export function createAdmin(options: {
  faults: Faults
  limits: CostLimits
  profiles: Profiles
  log: ReturnType<typeof createRequestLog>
}): Admin {
  const { faults, limits, profiles, log } = options
  let current = defaultSettings()
  return {
    settings: () => current,
    change(settings) {
      current = { ...current, ...settings }
    },
    fail: faults.order,
    requests: log.all,
    reset() {
      current = defaultSettings()
      faults.clear()
      limits.clear()
      profiles.reset()
      log.clear()
    },
  }
}

/** `GET /requests`, `GET|PUT /settings`, `POST /faults`, `POST /reset`. */
export function adminRoutes(admin: Admin, origin: string): Hono {
  const routes = new Hono()
  routes.use(async (c, next) => {
    const from = c.req.header('origin')
    const isLoopback = loopbackHosts.includes(new URL(c.req.url).hostname)
    if (!isLoopback || (from !== undefined && from !== origin)) {
      return c.json({ error: 'Only programs on this machine may call this, not web pages.' }, 403)
    }
    return next()
  })
  routes.get('/requests', (c) => c.json(admin.requests()))
  routes.get('/settings', (c) => c.json(admin.settings()))
  routes.put('/settings', async (c) => {
    const settings = settingsSchema.safeParse(await bodyOf(c.req.raw))
    if (!settings.success) return c.json({ error: z.prettifyError(settings.error) }, 400)
    admin.change(settings.data)
    return c.json(admin.settings())
  })
  routes.post('/faults', async (c) => {
    const order = faultSchema.safeParse(await bodyOf(c.req.raw))
    if (!order.success) return c.json({ error: z.prettifyError(order.error) }, 400)
    admin.fail(order.data)
    return c.body(null, 204)
  })
  routes.post('/reset', (c) => {
    admin.reset()
    return c.body(null, 204)
  })
  return routes
}

const loopbackHosts = ['localhost', '127.0.0.1', '[::1]']

/** Undefined when the body is not JSON; no schema accepts that. */
const bodyOf = (request: Request): Promise<unknown> => request.json().catch(() => undefined)
