/**
 * Checks whether the tenant has consented to what the endpoints need, before a user finds out. Reads this API's
 * delegated grants from Microsoft Graph with the permissions of `token`: those of the app (Application.Read.All and
 * DelegatedPermissionGrant.Read.All, or Directory.Read.All) or of a signed-in administrator.
 */
import { pathWithin } from '../path.ts'
import { withTimeLimit } from '../resilience/time-limit.ts'
import * as z from '../zod.ts'

/**
 * `some`: individual users have consented. `unknown`: the token lacks the permission; `why` is Graph's error code or
 * status.
 */
export type ScopeConsent =
  | { scope: string; consented: 'everyone' | 'some' | 'none' }
  | { scope: string; consented: 'unknown'; why: string }

/** Repeated scopes, which two APIs may share, are reported once. */
export type ConsentReport = (scopes: readonly string[]) => Promise<ScopeConsent[]>

export type GraphToken = (scope: string) => Promise<string | undefined>

/** Never rejects: where Graph does not answer, every scope is `unknown`. */
export function consentReport(options: {
  /** An access token for a scope of Microsoft Graph. */
  token: GraphToken
  /** Of this API. */
  clientId: string
  graphBaseUrl: string
  /** `https://graph.microsoft.com`, or a national cloud's. */
  graphResource: string
  fetch: typeof fetch
}): ConsentReport {
  const { token, clientId, graphBaseUrl, graphResource, fetch } = options

  const ask = async () => {
    const bearer = await token(`${graphResource}/.default`)
    const get = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
      const headers = { authorization: `Bearer ${bearer}` }
      return withTimeLimit(10_000, async (signal) => {
        const response = await fetch(graphBaseUrl + path, { headers, redirect: 'error', signal })
        if (!response.ok) throw new Error(`Microsoft Graph answered ${response.status}`)
        return schema.parse(await response.json())
      })
    }
    const find = async <T>(path: string, filter: string, item: z.ZodType<T>): Promise<T[]> => {
      const found: T[] = []
      let next: string | undefined = `/v1.0${path}?$filter=${encodeURIComponent(filter)}`
      while (next) {
        const page: Page<T> = await get(next, pageOf(item))
        found.push(...page.value)
        next = page['@odata.nextLink'] && pathWithin(graphBaseUrl, page['@odata.nextLink'])
      }
      return found
    }
    const [us] = await find('/servicePrincipals', `appId eq '${clientId}'`, principal)
    if (!us) throw new Error('this app has no service principal in the tenant')
    const granted = await find('/oauth2PermissionGrants', `clientId eq '${us.id}'`, grant)
    const resources = [...new Set(granted.map(({ resourceId }) => resourceId))]
    const found = await Promise.all(
      resources.map((id) => find('/servicePrincipals', `id eq '${id}'`, principal)),
    )
    const names = new Map(found.flat().map((it) => [it.id, it.servicePrincipalNames]))
    return granted.map((it) => ({ ...it, resourceNames: names.get(it.resourceId) ?? [] }))
  }

  return async (scopes) => {
    const asked = [...new Set(scopes)]
    const found = await ask().catch((error: unknown) => String(error))
    if (typeof found === 'string') {
      return asked.map((scope) => ({ scope, consented: 'unknown', why: found }))
    }
    return asked.map((scope) => {
      const [resource, name] = splitScope(scope)
      const covering = found.filter(
        (grant) =>
          grant.resourceNames.some((it) => it.replace(/\/$/, '') === resource) &&
          grant.scope.split(' ').includes(name),
      )
      if (covering.length === 0) return { scope, consented: 'none' }
      const isForAll = covering.some(({ consentType }) => consentType === 'AllPrincipals')
      return { scope, consented: isForAll ? 'everyone' : 'some' }
    })
  }
}

const principal = z.object({
  id: z.string(),
  servicePrincipalNames: z.array(z.string()).default([]),
})
const grant = z.object({ resourceId: z.string(), consentType: z.string(), scope: z.string() })

type Page<T> = { value: T[]; '@odata.nextLink'?: string | undefined }
const pageOf = <T>(item: z.ZodType<T>): z.ZodType<Page<T>> =>
  z.object({ value: z.array(item), '@odata.nextLink': z.string().optional() })

/** `https://graph.microsoft.com/User.Read` → resource and short name. */
function splitScope(scope: string): [resource: string, name: string] {
  const slash = scope.lastIndexOf('/')
  return [scope.slice(0, slash), scope.slice(slash + 1)]
}

type Ways = {
  /** The link where an administrator consents to a scope for all users. */
  adminLink: (scope: string) => string
  /** A sentence that says how to check consent where the app could not. */
  toLook: string
}

/** Lines for an operator, each with the link for an administrator. Scopes with consent get no line. */
export const consentLines = (found: readonly ScopeConsent[], ways: Ways): string[] =>
  found.flatMap((each) => line(each, ways) ?? [])

function line(found: ScopeConsent, { adminLink, toLook }: Ways): string | undefined {
  const { scope } = found
  switch (found.consented) {
    case 'everyone':
      return undefined
    case 'some':
      return `Consent: only some users have consented to ${scope}; other users are asked at their first call. To consent for all users, as an administrator: ${adminLink(scope)}`
    case 'none':
      return `Consent: NO USER has consented to ${scope}, so every call that needs it is refused. To consent for all users, as an administrator: ${adminLink(scope)}`
    case 'unknown':
      return `Consent: could not check whether users have consented to ${scope} (${found.why}). ${toLook} To consent for all users, as an administrator: ${adminLink(scope)}`
  }
}
