/** Scopes and step-up of the resource tools. */
import { allOf, authContext, userScope } from '../../shared/mcp/access.ts'

/** Registrations made in the Azure portal have `user_impersonation`; clients with that scope keep working. */
export const resourceReader = userScope('resources.read', {
  title: 'Read Azure resources',
  description: 'Reads which Azure resources exist, as you and only where you may.',
  alsoAccepts: ['user_impersonation'],
})

/** For queries about everything, a tenant may require a step-up at sign-in (STEP_UP_AUTH_CONTEXT). */
export const resourceAnalyst = allOf(resourceReader, authContext())
