/** What the resource tools demand of their callers. */
import { allOf, authContext, userScope } from '../../shared/mcp/access.ts'

/** Registrations made in the Azure portal have `user_impersonation`: clients that hold it go on as they are. */
export const resourceReader = userScope('resources.read', {
  title: 'Read Azure resources',
  description: 'Reads which Azure resources there are, as you and only where you may.',
  alsoAccepts: ['user_impersonation'],
})

/** Free questions about everything: a tenant may ask for a fresh proof of who asks, by STEP_UP_AUTH_CONTEXT. */
export const resourceAnalyst = allOf(resourceReader, authContext())
