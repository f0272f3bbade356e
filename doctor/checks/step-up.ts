/** Whether the tenant has the authentication context that step-up requires (STEP_UP_AUTH_CONTEXT). */
import * as z from '../../shared/zod.ts'
import { type Check, NotSeen } from '../check.ts'
import { graphOf } from '../graph.ts'

export const stepUpCheck: Check = {
  name: 'step_up',
  title: 'Authentication context',
  async look(subject, say) {
    const { stepUpContext } = (await subject.services()).settings
    if (stepUpContext === undefined) {
      say('Off: STEP_UP_AUTH_CONTEXT is not set.')
      return []
    }
    const read = await graphOf(subject)
    const contexts = await read(
      '/identity/conditionalAccess/authenticationContextClassReferences',
      context,
    ).catch((cause: unknown) => {
      if (!(cause instanceof NotSeen)) throw cause
      throw new NotSeen(
        `Your sign-in may not read authentication contexts (Policy.Read.ConditionalAccess). Check Conditional Access, Authentication contexts: ${stepUpContext} must exist, be published to apps, and be used by a policy`,
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
          'The context of STEP_UP_AUTH_CONTEXT, published, with a policy; without it users cannot complete a step-up',
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
