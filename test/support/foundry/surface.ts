/** What the emulated ARM and Graph share: they check a person's token, and refuse with the API's body. */
import { randomUUID } from 'node:crypto'
import type { Context, Hono } from 'hono'
import type { SignedInUser, TokenCheck, TokenProblem } from '../../../local/azure/access-token.ts'
import { Refusal } from '../../../local/azure/errors.ts'

/** @throws Refusal */
export async function signedInUser(
  request: Request,
  options: { check: TokenCheck; scopes: string[]; refuse: (problem: TokenProblem) => Refusal },
): Promise<SignedInUser> {
  const token = await options.check(request, options.refuse)
  if (!('user' in token) || !options.scopes.some((scope) => token.scopes.includes(scope))) {
    throw options.refuse('invalid')
  }
  return token.user
}

/** Anything else that is thrown is a fault of the emulator. */
export function answerRefusals(
  app: Hono,
  bodyOf: (refusal: Refusal, requestId: string) => Response,
): void {
  app.onError((error) => {
    if (error instanceof Refusal) return bodyOf(error, randomUUID())
    throw error
  })
}

/** @throws Refusal 400 */
export async function jsonBody(c: Context): Promise<unknown> {
  const isJson = c.req.header('content-type')?.startsWith('application/json')
  try {
    if (isJson) return await c.req.json()
  } catch {}
  throw new Refusal({ status: 400, code: 'InvalidRequestContent', message: 'Not JSON.' })
}
