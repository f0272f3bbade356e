/** Who holds the app roles that tools demand: a role without a holder makes its tools refuse all users. */
import * as z from '../../shared/zod.ts'
import { type Check, NotSeen } from '../check.ts'
import { graphOf, principal, registrationOf, where } from '../graph.ts'

export const assignmentsCheck: Check = {
  name: 'assignments',
  title: 'Who holds the app roles',
  async look(subject, say) {
    const { clientId } = (await subject.services()).settings
    const read = await graphOf(subject)
    const [app, [ours]] = await Promise.all([
      registrationOf(read, clientId),
      read(`/servicePrincipals${where('appId', clientId)}`, principal),
    ])
    if (!app || !ours) throw new NotSeen('The API has no service principal in the tenant')
    const assigned = await read(`/servicePrincipals/${ours.id}/appRoleAssignedTo`, assignment)
    const roles = subject.endpoints.flatMap(({ tools }) =>
      tools.flatMap(({ access }) => access.roles.map(({ value }) => value)),
    )
    return [...new Set(roles)].flatMap((value) => {
      const role = app.appRoles.find((it) => it.value === value)
      // One that is not registered is for that check to say.
      if (!role) return []
      const holders = assigned.filter(({ appRoleId }) => appRoleId === role.id).length
      say(`${value}: ${holders} ${holders === 1 ? 'assignment' : 'assignments'}`)
      if (holders > 0) return []
      return [
        {
          seen: `App role ${value} is assigned to no one`,
          expected: 'Assigned to the users of the tools behind it, which refuse all others',
          who: 'administrator',
          how: `Enterprise applications, ${app.displayName}, Users and groups: add users or a group with the role`,
        },
      ]
    })
  },
}

const assignment = z.object({ appRoleId: z.string() })
