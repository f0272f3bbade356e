/** Lists the subscriptions that the signed-in user may see. */
import { arm } from '../../shared/downstreams.ts'
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { costReader } from './access.ts'

const page = z.object({
  value: z.array(
    z.object({ subscriptionId: z.string(), displayName: z.string(), state: z.string() }),
  ),
})

export const listSubscriptions = defineTool({
  name: 'list_subscriptions',
  description:
    'Lists the Azure subscriptions (billing units that hold cloud resources) that the signed-in user may see, with the id that the other tools take. An empty list means that the user has access to none.',
  effect: 'reads',
  access: costReader,
  downstream: arm,
  input: z.strictObject({}),
  output: z.object({
    subscriptions: z.array(
      z.object({
        id: z.string().describe('Subscription id, a GUID'),
        name: z.string(),
        state: z.string().describe('Enabled, Disabled, Warned, PastDue or Deleted'),
      }),
    ),
  }),
  async run({ api }) {
    // https://learn.microsoft.com/rest/api/resources/subscriptions/list
    const pages = await api.pages('/subscriptions?api-version=2022-12-01', page)
    return {
      subscriptions: pages.flatMap(({ value }) =>
        value.map(({ subscriptionId: id, displayName: name, state }) => ({ id, name, state })),
      ),
    }
  },
})
