/** /mcp/directory: people and groups of the organization, as the signed-in user, through Microsoft Graph. */
import { defineEndpoint } from '../shared/mcp/define-endpoint.ts'
import { findPeople } from './directory/find-people.ts'
import { listMyGroups } from './directory/list-my-groups.ts'
import { setMyPhone } from './directory/set-my-phone.ts'
import { whoAmI } from './directory/who-am-i.ts'

export const directory = defineEndpoint({
  name: 'directory',
  title: 'Directory',
  instructions:
    'People and groups of the organization, as the signed-in user may see them. who_am_i shows whose permissions apply; find_people finds colleagues by name or mail address; list_my_groups lists the groups of the user; set_my_phone changes the number that colleagues see.',
  tools: [whoAmI, findPeople, listMyGroups, setMyPhone],
})
