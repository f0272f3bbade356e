/**
 * A connection for a protocol with messages of its own, MCP for instance: its answers as they come, within the bounds
 * of every downstream request. An answer that repeats the token it was sent is none.
 */
import type { Connect, Judge, SignedIn } from './connection.ts'
import type { Answer, DownstreamRequest } from './send.ts'

/** Throws a Failure. */
export type Exchange = (
  request: Pick<DownstreamRequest, 'method' | 'body' | 'reads' | 'protocolHeaders'>,
  judge: Judge,
) => Promise<Answer>

export type CreateExchange = (signedIn: SignedIn) => Exchange

export const downstreamExchange =
  ({ connect }: { connect: Connect }): CreateExchange =>
  (signedIn) => {
    const { call, failures } = connect(signedIn)
    return async (request, judge) => {
      const answer = await call({ ...request, path: '', headers: {} }, judge)
      if (!answer.repeatsToken) return answer
      throw failures.unexpected(answer.status, 'it repeats the token that it was sent')
    }
  }
