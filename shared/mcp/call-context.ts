/**
 * What a tool gets for one call: its APIs, signed in as the caller, and the time it has. Tokens are exchanged at the
 * first request to an API, so that a call without requests costs nothing.
 */
import type { Judge, SignedIn, Trace } from '../api-client/connection.ts'
import type { Answer, DownstreamRequest } from '../api-client/send.ts'
import type { Downstream } from '../downstreams.ts'
import { type Caller, type User, userKey } from '../entra/caller.ts'
import { claimsChallenge } from '../entra/claims-challenge.ts'
import type { Asked, Consent } from '../entra/consent.ts'
import { Failure } from '../failure.ts'
import type { Remember } from '../remembered-answers.ts'
import { withTimeLimit } from '../resilience/time-limit.ts'
import type { Secret } from '../secret.ts'
import type { Services } from '../services.ts'
import { fartherOf } from '../token-source.ts'
import type { ApiOf } from './apis.ts'

export type CallContext = {
  apiOf: ApiOf
  exchangeOf: (downstream: Downstream) => FarSide
  /** The caller, to bind data to. It proves nothing. */
  user: User
  /** Signs text that the tool gives out and takes back in a later call. Valid for this tool and user only. */
  binding: {
    sign: (text: string) => string
    verify: (text: string, signature: string) => boolean
  }
  /**
   * Keeps answers to this user in this client for ten minutes. A token for each of these APIs comes first, since Entra
   * may refuse this sign-in what it granted to the one that the answer was found with.
   */
  rememberFrom: (downstreams: readonly Downstream[]) => Remember
  /** When the tool should have answered, in milliseconds since 1970. */
  deadline: number
  /** Aborts at the deadline. Requests to the API end by then anyway. */
  signal: AbortSignal
  now: () => number
}

/** A server with a protocol of its own (MCP), and a way to send it requests as the caller. */
export type FarSide = {
  url: string
  /** Key of the user and the client, for data that is kept. */
  owner: string
  /** Key of the access token, for work that concurrent calls share: another one may be refused. */
  signIn: string
  /** Identifier URI, the prefix of its scopes. */
  resource: string
  /** The scope of its token, with the resource. */
  scope: string
  /** Sends a request to the URL. @throws Failure */
  exchange: (request: Omit<DownstreamRequest, 'path' | 'headers'>, judge: Judge) => Promise<Answer>
  /** A token that has this scope too. @throws Failure, for example `consent_required` with its link */
  tokenFor: (scope: string) => Promise<Secret<'downstream token'>>
}

/** Milliseconds, less than clients wait: Foundry waits 100 s. */
const callBudget = 60_000

/** `name`: of the tool, for consent pages and bindings. */
export type InCall = <Result>(
  call: { name: string; caller: Caller; trace: Trace },
  run: (context: CallContext) => Promise<Result>,
) => Promise<Result>

/** @throws Failure, or an unexpected error */
export function callContexts(services: Services): InCall {
  const { settings, onBehalfOf, consent, createApi, connect, remembered, now } = services
  const mac = services.keys.mac('tool binding')
  return ({ name, caller, trace }, run) => {
    const { tid, oid } = caller
    const deadline = now() + callBudget

    const tokenOf = async (downstream: Downstream, scope: string, claims?: string) => {
      try {
        const { token, source } = await onBehalfOf(caller, scope, { claims })
        trace.tokenSource = fartherOf(trace.tokenSource ?? source, source)
        return token
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        const asked = { tid, oid, tool: name, scope }
        throw withLink(error, { asked, downstream: downstream.name, consent })
      }
    }
    const signedIn = (downstream: Downstream): SignedIn => ({
      name: downstream.name,
      baseUrl: downstream.baseUrl(settings),
      user: userKey(caller),
      knownErrors: downstream.definition.knownErrors ?? [],
      token: (claims) => tokenOf(downstream, downstream.scope(settings), claims),
      claimsChallenge: (claims) => claimsChallenge(caller, claims),
      ...{ deadline, trace },
    })
    const context = {
      apiOf: (downstream: Downstream) => createApi(signedIn(downstream)),
      exchangeOf(downstream: Downstream): FarSide {
        const { call } = connect(signedIn(downstream))
        return {
          url: downstream.baseUrl(settings),
          owner: JSON.stringify([tid, oid, caller.azp]),
          signIn: caller.assertionHash,
          resource: downstream.resource(settings),
          scope: downstream.scope(settings),
          exchange: (request, judge) => call({ ...request, path: '', headers: {} }, judge),
          tokenFor: (scope) => tokenOf(downstream, scope),
        }
      },
      user: { tid, oid },
      binding: {
        sign: (text: string) => mac.sign([name, tid, oid, text]),
        verify: (text: string, signature: string) => mac.verify([name, tid, oid, text], signature),
      },
      rememberFrom:
        (downstreams: readonly Downstream[]): Remember =>
        async (question, schema, find) => {
          await Promise.all(downstreams.map((one) => tokenOf(one, one.scope(settings))))
          return remembered.of(caller)(question, schema, find)
        },
    }
    return withTimeLimit(callBudget, (signal) => run({ ...context, deadline, signal, now }))
  }
}

/** Adds the link for consent to a failure that lacks consent. */
function withLink(
  failure: Failure,
  { asked, downstream, consent }: { asked: Asked; downstream: string; consent: Consent },
): Failure {
  const { detail, cause } = failure
  const isForUser = detail.reason === 'consent_required'
  if (!isForUser && detail.reason !== 'admin_consent_required') return failure
  const link = isForUser ? consent.userLink(asked) : consent.adminLink(asked.scope)
  return new Failure({ ...detail, downstream, link }, { cause })
}
