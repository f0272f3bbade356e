/** Reads lists from Microsoft Graph as the administrator who runs the doctor. */
import { graph } from '../shared/downstreams.ts'
import { pathWithin } from '../shared/path.ts'
import * as z from '../shared/zod.ts'
import { NotSeen, type Subject } from './check.ts'

export type Graph = <T>(path: string, item: z.ZodType<T>) => Promise<T[]>

/** @throws NotSeen when no account is signed in; the function that it returns, when the account may not read a list */
export async function graphOf(subject: Subject): Promise<Graph> {
  const { settings } = await subject.services()
  const baseUrl = graph.baseUrl(settings)
  const token = await subject.administrator(`${graph.resource(settings)}/.default`)
  const get = async (path: string) => {
    const response = await subject.fetch(baseUrl + path, {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    })
    if (response.ok) return response.json()
    throw new NotSeen(
      `Microsoft Graph answered ${response.status} to ${path.split('?')[0]}. Sign in as a user with the role Directory Readers: az login --tenant ${settings.tenantId}`,
    )
  }
  return async (path, item) => {
    const page = z.object({ value: z.array(item), '@odata.nextLink': z.string().optional() })
    const found = []
    let next: string | undefined = `/v1.0${path}`
    while (next) {
      const { value, '@odata.nextLink': more }: z.output<typeof page> = page.parse(await get(next))
      found.push(...value)
      next = more && pathWithin(baseUrl, more)
    }
    return found
  }
}

/** A `$filter` for one property. */
export const where = (property: string, value: string) =>
  `?$filter=${encodeURIComponent(`${property} eq '${value}'`)}`

const uris = z.object({ redirectUris: z.array(z.string()).default([]) })

/** Secrets or certificates: expiry, ISO 8601. */
const ends = z.array(z.object({ endDateTime: z.string().nullish() })).default([])

const application = z.object({
  id: z.string(),
  displayName: z.string(),
  identifierUris: z.array(z.string()),
  api: z.object({
    /** Null is Entra's default, 1. */
    requestedAccessTokenVersion: z.number().nullish(),
    oauth2PermissionScopes: z.array(
      z.object({ id: z.string(), value: z.string(), type: z.string(), isEnabled: z.boolean() }),
    ),
    preAuthorizedApplications: z
      .array(z.object({ appId: z.string(), delegatedPermissionIds: z.array(z.string()) }))
      .default([]),
  }),
  appRoles: z.array(
    z.object({ id: z.string(), value: z.string().nullish(), isEnabled: z.boolean() }),
  ),
  optionalClaims: z
    .object({ accessToken: z.array(z.object({ name: z.string() })).default([]) })
    .nullish(),
  requiredResourceAccess: z.array(
    z.object({
      resourceAppId: z.string(),
      resourceAccess: z.array(z.object({ id: z.string() })),
    }),
  ),
  passwordCredentials: ends,
  keyCredentials: ends,
  web: uris,
  publicClient: uris,
})
export type Application = z.output<typeof application>

const principal = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  oauth2PermissionScopes: z.array(z.object({ id: z.string(), value: z.string() })).default([]),
})

/** The service principal of an application in this tenant. @throws NotSeen */
export const principalOf = async (read: Graph, clientId: string) =>
  (await read(`/servicePrincipals${where('appId', clientId)}`, principal))[0]

/** The app registration with a client id. @throws NotSeen */
export const registrationOf = async (read: Graph, clientId: string) =>
  (await read(`/applications${where('appId', clientId)}`, application))[0]
