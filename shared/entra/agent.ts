/**
 * Tells whether an agent acts with a token, by the facets that Entra writes into it (`xms_act_fct`, `xms_sub_fct`):
 * numbers, separated by spaces.
 */
import type { Caller } from './caller.ts'

type Facets = Pick<Caller, 'xms_act_fct' | 'xms_sub_fct' | 'xms_par_app_azp'>

/** An agent identity that acts for a user, and an agent's own account. */
const agentActor = '11'
const agentAccount = '13'

/** Whether the token proves that an agent acts. */
export const isAgent = ({ xms_act_fct = '', xms_sub_fct = '' }: Facets): boolean =>
  xms_act_fct.split(' ').includes(agentActor) || xms_sub_fct.split(' ').includes(agentAccount)

/** Also true if the client belongs to an agent's blueprint, or if a facet is malformed. */
export const mayBeAgent = (caller: Facets): boolean =>
  isAgent(caller) ||
  caller.xms_par_app_azp !== undefined ||
  [caller.xms_act_fct, caller.xms_sub_fct].includes('malformed')
