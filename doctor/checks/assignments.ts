/** Whether the app roles that tools require are assigned: without an assignment, those tools refuse all users. */
import * as z from '../../shared/zod.ts'
import { type Check, NotSeen } from '../check.ts'
import { graphOf, principalOf, registrationOf } from '../graph.ts'

export const assignmentsCheck: Check = {
  name: 'assignments',
  title: 'App role assignments',
  async look(subject, say) {
    const { clientId } = (await subject.services()).settings
    const read = await graphOf(subject)
    const [app, ours] = await Promise.all([
      registrationOf(read, clientId),
      principalOf(read, clientId),
    ])
    if (!app || !ours) throw new NotSeen('The API has no service principal in the tenant')
    const assigned = await read(`/servicePrincipals/${ours.id}/appRoleAssignedTo`, assignment)
    const roles = subject.endpoints.flatMap(({ tools }) =>
      tools.flatMap(({ access }) => access.roles.map(({ value }) => value)),
    )
    return [...new Set(roles)].flatMap((value) => {
      const role = app.appRoles.find((it) => it.value === value)
      // The registration check reports missing roles.
      if (!role) return []
      const holders = assigned.filter(({ appRoleId }) => appRoleId === role.id).length
      say(`${value}: ${holders} ${holders === 1 ? 'assignment' : 'assignments'}`)
      if (holders > 0) return []
      return [
        {
          seen: `App role ${value} is not assigned to anyone`,
          expected: 'Assigned to the users of its tools, which refuse all others',
          who: 'administrator',
          how: `Enterprise applications, ${app.displayName}, Users and groups: add users or a group with the role`,
        },
      ]
    })
  },
}

const assignment = z.object({ appRoleId: z.string() })
