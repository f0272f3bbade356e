/** Users in Graph: the signed-in user's profile (read and changed), and a search of all users. */
import * as z from 'zod'
import type { EntraDirectory } from './entra-admin.ts'
import { badRequest, Refusal } from './errors.ts'
import { delegated, type GraphOperation } from './graph.ts'
import { graphNotFound, requestDenied, unsupportedQuery } from './graph-errors.ts'
import { listed, selected } from './odata.ts'
import { searched } from './odata-search.ts'
import type { Paged } from './paging.ts'
import type { Profiles } from './profiles.ts'
import type { Settings } from './settings.ts'

type User = EntraDirectory['users'][number]

/** @param options.base Graph's base URL */
export function userOperations(options: {
  base: string
  directory: () => Promise<EntraDirectory>
  profiles: Profiles
  paged: Paged
  settings: () => Settings
}): GraphOperation[] {
  const { base, directory, profiles, paged, settings } = options
  const entityOf = ({ oid, upn, name }: User) => ({
    businessPhones: [],
    displayName: name,
    givenName: name,
    jobTitle: null,
    mail: upn,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: null,
    ...profiles.of(oid),
    userPrincipalName: upn,
    id: oid,
  })
  const userOf = async (oid: string) => {
    const user = (await directory()).users.find((each) => each.oid === oid)
    if (user) return user
    throw graphNotFound('Request_ResourceNotFound', `Resource '${oid}' does not exist.`)
  }
  return [
    {
      at: 'me',
      method: 'GET',
      path: /^\/v1\.0\/me$/,
      allows: delegated('User.Read', 'User.ReadWrite'),
      async run({ oid, query }) {
        const select = query.get('$select')
        return Response.json({
          '@odata.context': `${base}/v1.0/$metadata#users${select === null ? '' : `(${select})`}/$entity`,
          ...selected(entityOf(await userOf(oid)), query, 'user'),
        })
      },
    },
    {
      at: 'me',
      method: 'PATCH',
      path: /^\/v1\.0\/me$/,
      allows: delegated('User.ReadWrite'),
      async run({ oid, body }) {
        const { mobilePhone } = changeOf(await body())
        await userOf(oid)
        profiles.change(oid, { mobilePhone })
        return new Response(null, { status: 204 })
      },
    },
    {
      at: 'users',
      method: 'GET',
      path: /^\/v1\.0\/users$/,
      allows: delegated('User.ReadBasic.All'),
      async run({ url, query, eventual }) {
        const search = query.get('$search')
        if (search !== null && !eventual) {
          throw unsupportedQuery(
            "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
          )
        }
        const asked = query.get('$select')?.split(',') ?? basic
        if (!asked.every((name) => basic.includes(name.trim()))) throw requestDenied()
        const users = (await directory()).users.map(entityOf)
        return listed({
          entities: search === null ? users : users.filter(searched(search, searchable)),
          ...{ type: 'user', url, query, paged, eventual },
          pageSize: settings().pageSize,
        })
      },
    },
  ]
}

/** Microsoft Graph permissions reference, "User.ReadBasic.All": the properties it allows of other users. */
const basic = ['displayName', 'givenName', 'id', 'mail', 'surname', 'userPrincipalName']

const searchable = ['displayName', 'givenName', 'mail', 'surname', 'userPrincipalName']

/**
 * Members may change their own mobile phone number; other properties need an administrator (Entra, "Compare member and
 * guest default permissions").
 */
function changeOf(body: unknown) {
  const change = z.record(z.string(), z.unknown()).safeParse(body).data
  if (change === undefined || Object.keys(change).length === 0) {
    throw badRequest('Empty Payload. JSON content expected.')
  }
  if (Object.keys(change).some((name) => name !== 'mobilePhone')) throw requestDenied()
  const parsed = z.object({ mobilePhone: z.string().max(64) }).safeParse(change)
  if (parsed.success) return parsed.data
  throw new Refusal({
    status: 400,
    code: 'Request_BadRequest',
    message: "Invalid value specified for property 'mobilePhone' of resource 'User'.",
  })
}
