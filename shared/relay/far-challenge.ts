/**
 * Judges a 401 or 403 of another MCP server. If the token lacks a scope of that server, a token with it is requested
 * once. Any other refusal becomes a Failure with the status, the `error` and the refused token's audience and scopes;
 * the server's sentences go to the log.
 */
import type { Judge } from '../api-client/connection.ts'
import { loggable } from '../api-client/failures.ts'
import { describeToken } from '../api-client/token-words.ts'
import { Failure } from '../failure.ts'
import type { FarSide } from '../mcp/call-context.ts'

/** Makes the judge of one call. */
export function challengeJudge({ far, name }: { far: FarSide; name: string }): Judge['refused'] {
  let askedFor: string | undefined
  return async ({ answer, bearer, failure }) => {
    const { status, headers } = answer
    if (status !== 401 && status !== 403) return failure
    const challenge = challengeOf(headers['www-authenticate'])
    const { scopes, words } = describeToken(bearer)
    const wanted = challenge.error === 'insufficient_scope' && lackingScope(challenge, scopes, far)
    if (wanted && !askedFor) {
      askedFor = wanted
      return far.tokenFor(wanted)
    }
    const said = [`refused a token ${words}`, challenge.error_description]
      .filter(Boolean)
      .join('; ')
    return new Failure({
      ...{ reason: 'downstream_refused', downstream: name, status, code: codeOf(challenge.error) },
      person: `${name} refused a token ${words}. ${cures[status]}`,
      said: loggable(said),
    })
  }
}

const cures = {
  401: 'Signing in again will not help: the operator of this server has to find out which token it accepts.',
  403: 'Its administrator decides what the signed-in user may do there.',
}

/**
 * The first scope that the token lacks. Only scopes of the server's own resource count, so that no server can make
 * users consent to another API. They may be short or begin with the resource.
 */
function lackingScope(
  { scope = '' }: Record<string, string>,
  held: readonly string[],
  { resource }: FarSide,
): string | undefined {
  const short = scope.split(' ').flatMap((it) => {
    const name = it.startsWith(`${resource}/`) ? it.slice(resource.length + 1) : it
    return /^[A-Za-z][\w.-]{0,127}$/.test(name) ? name : []
  })
  const lacking = short.find((it) => !held.includes(it))
  return lacking && `${resource}/${lacking}`
}

const codeOf = (error: string | undefined) =>
  error && /^[\w.]{1,64}$/.test(error) ? error : undefined

/** Quoted parameters of a Bearer challenge (RFC 9110 §11.2). */
function challengeOf(header: string | string[] | undefined): Record<string, string> {
  const text = [header ?? []].flat().join(', ').slice(0, 8_000)
  return Object.fromEntries(
    [...text.matchAll(/\b(error|error_description|scope)="([^"]{0,1000})"/g)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  )
}
