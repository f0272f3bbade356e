/** Scopes and roles of the directory tools. */
import { allOf, appRole, userScope } from '../../shared/mcp/access.ts'

export const directoryReader = userScope('directory.read', {
  title: 'Read your profile, your groups and names of colleagues',
  description:
    'Reads your profile, the groups that you are a member of, and names and addresses of people in your organization, as you.',
})

/** The scope limits the client; the role limits the user, since colleagues call that number. */
export const phoneEditor = allOf(
  userScope('directory.write', {
    title: 'Change your phone number',
    description: 'Changes the mobile phone number in your profile, as you.',
  }),
  appRole('Phone.Editor', {
    title: 'Phone editor',
    description: 'May change their own phone number in the directory by these servers.',
  }),
)
