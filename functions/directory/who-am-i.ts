/** Shows who is signed in. */
import { graph } from '../../shared/downstreams.ts'
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { directoryReader } from './access.ts'

const profile = z.object({
  id: z.string(),
  displayName: z.string(),
  mail: z.string().nullish(),
  userPrincipalName: z.string(),
  mobilePhone: z.string().nullish(),
})

export const whoAmI = defineTool({
  name: 'who_am_i',
  description:
    'Shows the signed-in user, with whose permissions all tools run: name, mail address, sign-in name and mobile phone number, as in the organization’s directory.',
  effect: 'reads',
  access: directoryReader,
  downstream: graph,
  input: z.strictObject({}),
  output: z.object({
    id: z.string().describe('Object id in Microsoft Entra, a GUID'),
    name: z.string(),
    mail: z.string().optional().describe('Mail address; absent for a user without a mailbox'),
    signInName: z.string().describe('User principal name, which the user signs in with'),
    phone: z.string().optional().describe('Mobile phone number that colleagues see'),
  }),
  async run({ api }) {
    // https://learn.microsoft.com/graph/api/user-get
    const { id, displayName, mail, userPrincipalName, mobilePhone } = await api.get(
      '/v1.0/me',
      profile,
      { query: { $select: Object.keys(profile.shape).join() } },
    )
    return {
      ...{ id, name: displayName, signInName: userPrincipalName },
      mail: mail || undefined,
      phone: mobilePhone || undefined,
    }
  },
})
