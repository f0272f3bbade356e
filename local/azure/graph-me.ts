/** `GET /me`: the signed-in user, in Graph's own words. */
import type { EntraDirectory } from './entra-admin.ts'
import type { GraphOperation } from './graph.ts'
import { graphNotFound } from './graph-errors.ts'
import { selected } from './odata.ts'

type User = EntraDirectory['users'][number]

/** `base`: where Graph is. */
export function meOperation({
  base,
  directory,
}: {
  base: string
  directory: () => Promise<EntraDirectory>
}): GraphOperation {
  return {
    at: 'me',
    path: /^\/v1\.0\/me$/,
    allows: (token) => 'user' in token && token.scopes.includes('User.Read'),
    async run({ oid, query }) {
      const { users } = await directory()
      const user = users.find((each) => each.oid === oid)
      if (user === undefined) {
        throw graphNotFound('Request_ResourceNotFound', `Resource '${oid}' does not exist.`)
      }
      const select = query.get('$select')
      return Response.json({
        '@odata.context': `${base}/v1.0/$metadata#users${select === null ? '' : `(${select})`}/$entity`,
        ...selected(profileOf(user), query, 'user'),
      })
    },
  }
}

const profileOf = ({ oid, upn, name }: User) => ({
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
