/** Sets the mobile phone number of the signed-in user, which Entra lets members change themselves. */
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { phoneEditor } from './access.ts'
import { graphOfMyProfile } from './graph.ts'

const phone = z
  .string()
  .regex(/^\+?[\d(][\d ()-]{2,30}\d$/, 'must be a phone number such as +49 30 1234567')
  .describe('Phone number such as +49 30 1234567')

export const setMyPhone = defineTool({
  name: 'set_my_phone',
  description:
    'Sets the mobile phone number in the profile of the signed-in user, which colleagues see. It does not change other people, or numbers used to sign in.',
  effect: 'writes',
  access: phoneEditor,
  downstream: graphOfMyProfile,
  input: z.strictObject({ phone }),
  output: z.object({ phone: z.string().describe('The number that the profile has now') }),
  async run({ api, input: { phone } }) {
    // https://learn.microsoft.com/graph/api/user-update answers 204
    await api.patch('/v1.0/me', { mobilePhone: phone }, z.undefined())
    return { phone }
  },
})
