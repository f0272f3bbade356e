/** Finds people of the organization by words of their names and addresses. */
import { defineTool } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { directoryReader } from './access.ts'
import { advancedList } from './advanced-list.ts'
import { graphOfPeople } from './graph.ts'

const person = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  mail: z.string().nullish(),
  userPrincipalName: z.string(),
})

export const findPeople = defineTool({
  name: 'find_people',
  description:
    'Finds people in the organization by the beginnings of words in their name or address, such as "ali cont". Returns names, mail addresses and ids, ordered by name.',
  effect: 'reads',
  access: directoryReader,
  downstream: graphOfPeople,
  input: z.strictObject({
    query: z.string().min(1).max(100).describe('Beginnings of words in a name or address'),
    limit: z.int().min(1).max(200).default(25).describe('Maximum number of people'),
  }),
  output: z.object({
    people: z.array(
      z.object({
        id: z.string().describe('Object id in Microsoft Entra, a GUID'),
        name: z.string(),
        mail: z.string().optional().describe('Mail address; absent for people without a mailbox'),
        signInName: z.string().describe('User principal name, which the person signs in with'),
      }),
    ),
    omitted: z.number().describe('How many more there are; add words to the query to narrow it'),
  }),
  async run({ api, input: { query, limit } }) {
    // https://learn.microsoft.com/graph/api/user-list
    const { entries, omitted } = await advancedList(api, '/v1.0/users', {
      entry: person,
      query: {
        $search: ['displayName', 'mail', 'userPrincipalName']
          .map((property) => `"${property}:${escaped(query)}"`)
          .join(' OR '),
        $select: Object.keys(person.shape).join(),
        $orderby: 'displayName',
      },
      limit,
    })
    return {
      people: entries.map(({ id, displayName, mail, userPrincipalName: signInName }) => ({
        ...{ id, name: displayName || signInName, signInName },
        mail: mail || undefined,
      })),
      omitted,
    }
  },
})

/** For a clause in quotes: https://learn.microsoft.com/graph/search-query-parameter */
const escaped = (words: string) => words.replace(/["\\]/g, '\\$&')
