/**
 * The emulator's controls over HTTP, under /admin: JSON in, JSON out, 400 with the reason for an invalid request. They
 * mint tokens, so routes.ts refuses web pages of other origins.
 */
import { type Context, Hono } from 'hono'
import * as z from 'zod'
import type { Admin } from './admin.ts'
import { appPatchSchema, appSchema, newUserSchema } from './admin-directory.ts'
import { faultSchema } from './faults.ts'
import { forgerySchema } from './forge.ts'

const grantSchema = z.strictObject({
  client: z.string(),
  resource: z.string(),
  scopes: z.array(z.string()),
  user: z.string(),
})
const grantKeySchema = grantSchema
  .omit({ scopes: true })
  .extend({ user: z.string().exactOptional() })
const assignmentSchema = z.strictObject({
  user: z.string(),
  resource: z.string(),
  role: z.string(),
})
const applicationRoleSchema = z.strictObject({
  client: z.string(),
  resource: z.string(),
  role: z.string(),
})
const requirementSchema = z.enum(['mfa', 'compliant_device', 'block'])
const policySchema = z.strictObject({
  id: z.guid(),
  resource: z.string(),
  users: z.union([z.literal('everyone'), z.array(z.string())]),
  require: requirementSchema,
})
const contextSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  require: requirementSchema,
})
const clockSchema = z.strictObject({ advanceSeconds: z.number() })
const rotationSchema = z.strictObject({ withdraw: z.boolean().exactOptional() })
const userSchema = z.strictObject({
  enabled: z.boolean().exactOptional(),
  mayConsent: z.boolean().exactOptional(),
})
const userConsentSchema = z.strictObject({ allowed: z.boolean() })
const lifetimesSchema = z.strictObject({
  accessTokenSeconds: z.int().positive().exactOptional(),
  refreshInSeconds: z.int().positive().exactOptional(),
})
const filterSchema = z.strictObject({
  kind: z.string().exactOptional(),
  clientId: z.string().exactOptional(),
  user: z.string().exactOptional(),
  status: z.coerce.number().exactOptional(),
})

const nothing = z.strictObject({})

/** Documented in docs/local-stack.md. */
export function adminRoutes(admin: Admin): Hono {
  const app = new Hono()
  app.get('/state', (c) => c.json(admin.state()))
  app.get('/revocations', (c) => c.json(admin.revocations()))
  app.get('/requests', (c) => c.json(admin.requests(filterSchema.parse(c.req.query()))))
  app.delete('/requests', change(nothing, admin.clearRequests))
  app.post('/faults', change(faultSchema, admin.addFault))
  app.delete('/faults', change(nothing, admin.clearFaults))
  app.post(
    '/clock',
    change(clockSchema, ({ advanceSeconds }) => admin.advanceClock(advanceSeconds)),
  )
  app.post('/keys/rotate', change(rotationSchema, admin.rotateKeys))
  app.put('/grants', change(grantSchema, admin.putGrant))
  app.delete('/grants', change(grantKeySchema, admin.removeGrants))
  app.put('/users', change(newUserSchema, admin.putUser))
  app.put('/apps', change(appSchema, admin.putApp))
  app.patch(
    '/users/:id',
    change(userSchema, (user, id) => admin.setUser(id, user)),
  )
  app.post(
    '/users/:id/revoke-sessions',
    change(nothing, (_, id) => admin.revokeSessions(id)),
  )
  app.put(
    '/user-consent',
    change(userConsentSchema, ({ allowed }) => admin.setUserConsent(allowed)),
  )
  app.put('/policies', change(policySchema, admin.putPolicy))
  app.delete(
    '/policies/:id',
    change(nothing, (_, id) => admin.removePolicy(id)),
  )
  app.put('/authentication-contexts', change(contextSchema, admin.putAuthenticationContext))
  app.delete(
    '/authentication-contexts/:id',
    change(nothing, (_, id) => admin.removeAuthenticationContext(id)),
  )
  app.put('/application-roles', change(applicationRoleSchema, admin.putApplicationRole))
  app.delete('/application-roles', change(applicationRoleSchema, admin.removeApplicationRole))
  app.put('/role-assignments', change(assignmentSchema, admin.putRoleAssignment))
  app.delete('/role-assignments', change(assignmentSchema, admin.removeRoleAssignment))
  app.patch(
    '/apps/:id',
    change(appPatchSchema, (patch, id) => admin.updateApp(id, patch)),
  )
  app.post('/tokens', async (c) =>
    c.json({ token: await admin.forgeToken(await body(c, forgerySchema)) }),
  )
  app.post('/lifetimes', change(lifetimesSchema, admin.setLifetimes))
  app.post('/reset', change(nothing, admin.reset))
  app.onError((error, c) =>
    c.json({ error: error instanceof z.ZodError ? z.prettifyError(error) : error.message }, 400),
  )
  return app
}

/** Calls `apply` with the parsed body and the `:id` of the path, then answers 204. */
function change<T extends z.ZodType>(
  schema: T,
  apply: (wanted: z.output<T>, id: string) => void | Promise<void>,
) {
  return async (c: Context) => {
    await apply(await body(c, schema), c.req.param('id') ?? '')
    return c.body(null, 204)
  }
}

/** An empty body counts as an empty object. */
async function body<T extends z.ZodType>(c: Context, schema: T): Promise<z.output<T>> {
  const text = await c.req.text()
  return schema.parse(text === '' ? {} : JSON.parse(text))
}
