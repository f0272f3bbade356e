/** The authentication context that tools with a step-up ask for (STEP_UP_AUTH_CONTEXT): is it in the tenant? */
import * as z from '../../shared/zod.ts'
import { type Check, NotSeen } from '../check.ts'
import { graphOf } from '../graph.ts'

export const stepUpCheck: Check = {
  name: 'step_up',
  title: 'Authentication context',
  async look(subject, say) {
    const { stepUpContext } = (await subject.services()).settings
    if (stepUpContext === undefined) {
      say('Off: no tool asks for one (STEP_UP_AUTH_CONTEXT).')
      return []
    }
    const read = await graphOf(subject)
    const contexts = await read(
      '/identity/conditionalAccess/authenticationContextClassReferences',
      context,
    ).catch((cause: unknown) => {
      if (!(cause instanceof NotSeen)) throw cause
      throw new NotSeen(
        `Your sign-in may not read authentication contexts (Policy.Read.ConditionalAccess). See Conditional Access, Authentication contexts: ${stepUpContext} has to be there, published to apps, and asked for by a policy`,
      )
    })
    const found = contexts.find(({ id }) => id === stepUpContext)
    if (found?.isAvailable) {
      say(`${stepUpContext} is "${found.displayName}".`)
      return []
    }
    return [
      {
        seen: found
          ? `Authentication context ${stepUpContext} is not published to apps`
          : `The tenant has no authentication context ${stepUpContext}`,
        expected:
          'The one that STEP_UP_AUTH_CONTEXT names, published, with a policy. Without it users cannot meet the demand',
        who: 'administrator',
        how: `Conditional Access, Authentication contexts: add ${stepUpContext}, publish it to apps and use it in a policy; or the operator corrects STEP_UP_AUTH_CONTEXT`,
      },
    ]
  },
}

const context = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  isAvailable: z.boolean().nullish(),
})
