/**
 * Microsoft Graph as far as `GET /v1.0/me`: the signed-in user, in Graph's own words and with Graph's own refusals.
 */
import { z } from 'zod'
import type { User } from '../seed.ts'
import type { TokenCheck, TokenProblem } from './access-token.ts'
import { badRequest, Refusal } from './errors.ts'
import type { Faults } from './faults.ts'
import type { Surface } from './visit.ts'

export const graphAudiences = [
  'https://graph.microsoft.com',
  'https://graph.microsoft.com/',
  '00000003-0000-0000-c000-000000000000',
]

/** `base`: where Graph is. */
export function createGraph(options: {
  base: string
  users: User[]
  checkToken: TokenCheck
  faults: Faults
}): Surface {
  const { base, users, checkToken, faults } = options
  return async (request, visit) => {
    try {
      const checked = await checkToken(request)
      if ('problem' in checked) throw new Refusal(refusals[checked.problem])
      const { oid } = checked.user
      visit.oid = oid
      const url = new URL(request.url)
      const isMe = request.method === 'GET' && `${url.origin}${url.pathname}` === `${base}/v1.0/me`
      if (!isMe) throw notFound('BadRequest', `Resource not found for '${url.pathname}'.`)
      const fault = await faults.strike('me', visit)
      if (fault !== undefined) return fault
      const user = users.find((each) => each.oid === oid)
      if (user === undefined) {
        throw notFound('Request_ResourceNotFound', `Resource '${oid}' does not exist.`)
      }
      const select = url.searchParams.get('$select')
      return Response.json({
        '@odata.context': `${base}/v1.0/$metadata#users${select === null ? '' : `(${select})`}/$entity`,
        ...selected(profileOf(user), select),
      })
    } catch (error) {
      if (error instanceof Refusal) return graphError(error, visit.requestId)
      throw error
    }
  }
}

type Profile = z.infer<typeof profile>

const profile = z.object({
  businessPhones: z.array(z.string()),
  displayName: z.string(),
  givenName: z.string(),
  jobTitle: z.string().nullable(),
  mail: z.string(),
  mobilePhone: z.string().nullable(),
  officeLocation: z.string().nullable(),
  preferredLanguage: z.string().nullable(),
  surname: z.string().nullable(),
  userPrincipalName: z.string(),
  id: z.string(),
})

const profileOf = ({ oid, upn, name }: User): Profile => ({
  businessPhones: [],
  displayName: name,
  givenName: name,
  jobTitle: null,
  mail: upn,
  mobilePhone: null,
  officeLocation: null,
  preferredLanguage: null,
  surname: null,
  userPrincipalName: upn,
  id: oid,
})

function selected(user: Profile, select: string | null): Partial<Profile> {
  if (select === null) return user
  const names = select.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !Object.hasOwn(user, name))
  if (unknown !== undefined) {
    throw badRequest(
      `Parsing OData Select and Expand failed: Could not find a property named '${unknown}' on type 'microsoft.graph.user'.`,
    )
  }
  return Object.fromEntries(Object.entries(user).filter(([name]) => names.includes(name)))
}

/** Graph's error body (Microsoft Graph, "Error responses and resource types"). */
const graphError = ({ status, code, message, headers }: Refusal, requestId: string) =>
  Response.json(
    {
      error: {
        code,
        message,
        innerError: {
          date: new Date().toISOString().slice(0, 19),
          'request-id': requestId,
          'client-request-id': requestId,
        },
      },
    },
    { status, headers: { ...headers, 'request-id': requestId } },
  )

const unauthorized = (message: string) => ({
  status: 401,
  code: 'InvalidAuthenticationToken',
  message,
})

const notFound = (code: string, message: string) => new Refusal({ status: 404, code, message })

const refusals: Record<TokenProblem, { status: number; code: string; message: string }> = {
  missing: unauthorized('Access token is empty.'),
  invalid: unauthorized('Access token validation failure.'),
  expired: unauthorized('Lifetime validation failed, the token is expired.'),
  audience: unauthorized('Access token validation failure. Invalid audience.'),
  tenant: unauthorized('Access token validation failure. Invalid issuer.'),
  scope: {
    status: 403,
    code: 'Authorization_RequestDenied',
    message: 'Insufficient privileges to complete the operation.',
  },
}
