/**
 * Who acts with a user's token: whether it is an agent, by the facets that Entra writes into it (`xms_act_fct`,
 * `xms_sub_fct`). A facet is one number of several, separated by spaces.
 */
import type { Caller } from './caller.ts'

export type Actor = 'agent'

type Facets = Pick<Caller, 'xms_act_fct' | 'xms_sub_fct' | 'xms_par_app_azp'>

/** An agent identity that acts for a user, and an account that is an agent's own. */
const agentActor = '11'
const agentAccount = '13'

/** Proved by the token. */
export const isActor = (_kind: Actor, { xms_act_fct = '', xms_sub_fct = '' }: Facets): boolean =>
  xms_act_fct.split(' ').includes(agentActor) || xms_sub_fct.split(' ').includes(agentAccount)

/** Also by an agent's blueprint behind the client, or a facet that is not as Entra writes it. */
export const mayBeActor = (kind: Actor, caller: Facets): boolean =>
  isActor(kind, caller) ||
  caller.xms_par_app_azp !== undefined ||
  [caller.xms_act_fct, caller.xms_sub_fct].includes('malformed')
