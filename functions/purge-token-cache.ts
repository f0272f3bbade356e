/**
 * POST /token-cache/purge, for holders of the app's master key: forgets the downstream tokens of one user, on every
 * instance within a minute. Access that Entra still grants, it grants again at the next call.
 */
import { causes } from '../shared/audit.ts'
import { parseJson } from '../shared/json.ts'
import { httpFunction } from '../shared/register.ts'
import * as z from '../shared/zod.ts'

const user = z.strictObject({ tenantId: z.guid(), objectId: z.guid() })

export const purgeTokenCache = httpFunction('purge-token-cache', {
  route: 'token-cache/purge',
  methods: ['POST'],
  authLevel: 'admin',
  handler:
    ({ tokenCache, journal }) =>
    async (_request, { log, reference, body }) => {
      const asked = user.safeParse(parseJson(body))
      if (!asked.success) {
        const error_description = 'The body must be {"tenantId": "<GUID>", "objectId": "<GUID>"}'
        return Response.json({ error: 'invalid_request', error_description }, { status: 400 })
      }
      const { tenantId, objectId } = asked.data
      const purgedUser = { tid: tenantId.toLowerCase(), oid: objectId.toLowerCase() }
      const purged = await tokenCache.purgeUser(purgedUser).catch((error: unknown) => {
        const failed = {
          severity: 'error',
          outcome: 'purge_failed',
          detail: causes(error),
        } as const
        journal(log, { reference, ...failed, ...purgedUser })
        return undefined
      })
      if (purged === undefined) {
        const error_description =
          'The table cannot be reached, so other instances cannot be told: try again'
        const body = { error: 'temporarily_unavailable', error_description, reference }
        return Response.json(body, { status: 503, headers: { 'retry-after': '5' } })
      }
      journal(log, { reference, outcome: 'purged', ...purgedUser, purged })
      return Response.json({ purged })
    },
})
