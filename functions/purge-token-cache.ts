/**
 * POST /token-cache/purge, for an operator: revokes the tokens of one user, on every instance within a minute. After a
 * new sign-in the user has all access that Entra still grants. The operator sends `ADMIN_KEY`; without that setting,
 * the host requires the app's master key.
 */
import { causes } from '../shared/audit.ts'
import { parseJson } from '../shared/json.ts'
import { httpFunction } from '../shared/register.ts'
import * as z from '../shared/zod.ts'

const user = z.strictObject({ tenantId: z.guid(), objectId: z.guid() })

export const purgeTokenCache = httpFunction('purge-token-cache', {
  route: 'token-cache/purge',
  methods: ['POST'],
  authLevel: ({ settings }) => (settings.adminKey ? 'anonymous' : 'admin'),
  handler:
    ({ settings: { adminKey }, tokenCache, oauth, journal }) =>
    async (request, { log, reference, body }) => {
      const refuse = (status: keyof typeof errors, error_description: string, headers = {}) =>
        Response.json({ error: errors[status], error_description, reference }, { status, headers })

      if (new URL(request.url).search) {
        const severity = 'warning'
        journal(log, { severity, reference, outcome: 'purge_refused', detail: 'a query' })
        return refuse(400, `Query parameters are not accepted, because URLs are logged. ${sendKey}`)
      }
      if (adminKey && !adminKey.matches(request.headers.get('x-admin-key') ?? '')) {
        const detail = 'x-admin-key missing or wrong'
        journal(log, { reference, outcome: 'purge_refused', detail })
        return refuse(401, 'The header x-admin-key is missing or is not the ADMIN_KEY of this app')
      }
      const asked = user.safeParse(parseJson(body))
      if (!asked.success) {
        return refuse(400, 'The body must be {"tenantId": "<GUID>", "objectId": "<GUID>"}')
      }
      const { tenantId, objectId } = asked.data
      const purgedUser = { tid: tenantId.toLowerCase(), oid: objectId.toLowerCase() }
      try {
        const purged = await tokenCache.purgeUser(purgedUser)
        // Without a table they are not among the rows that were just deleted.
        await oauth?.families.endAll(purgedUser)
        journal(log, { reference, outcome: 'purged', ...purgedUser, purged })
        return Response.json({ purged })
      } catch (error) {
        const record = { reference, outcome: 'purge_failed', ...purgedUser }
        journal(log, { severity: 'error', ...record, detail: causes(error) })
        const description =
          'The table cannot be reached, so other instances do not learn of the purge: try again'
        return refuse(503, description, { 'retry-after': '5' })
      }
    },
})

const errors = {
  400: 'invalid_request',
  401: 'unauthorized',
  503: 'temporarily_unavailable',
} as const
const sendKey =
  'Send the key in a header (x-admin-key with ADMIN_KEY set, else x-functions-key), and replace one that was in a URL'
