/**
 * The `fetch` that the official client uses for one call. Requests are sent with the user's token
 * (api-client/connection.ts). Of an answer, only the message that answers the request is returned: no stream,
 * notification or request of the server. far-challenge.ts judges refusals over HTTP.
 */
import type { FetchLike } from '@modelcontextprotocol/client'
import type { Judge } from '../api-client/connection.ts'
import type { Failures } from '../api-client/failures.ts'
import type { Answer } from '../api-client/send.ts'
import { Failure } from '../failure.ts'
import { at, isObject, parseJson } from '../json.ts'
import type { FarSide } from '../mcp/call-context.ts'
import { challengeJudge } from './far-challenge.ts'

/** Characters, more than any result that passes needs: the client keeps all pages of a list in memory. */
const longestAnswer = 4 * 1024 * 1024

type Asked = { id: unknown; method: unknown }

export function farFetch(options: {
  far: FarSide
  /** The server's name for people. */
  name: string
  /** Whether the tool changes nothing, so that its call may be retried. */
  reads: boolean
  failures: Failures
}): { fetch: FetchLike; failed: () => Failure | undefined } {
  const { far, name, reads, failures } = options
  const refused = challengeJudge({ far, name })
  let failure: Failure | undefined

  const send = async (init: RequestInit) => {
    const body = typeof init.body === 'string' ? parseJson(init.body) : undefined
    const asked = { id: at(body, 'id'), method: at(body, 'method') }
    const answer = await far.exchange(
      {
        method: init.method === 'DELETE' ? 'DELETE' : 'POST',
        ...(body !== undefined && { body }),
        isAnswer: (json, status) => messageFor({ status, json }, asked) !== undefined,
        reads: reads || asked.method !== 'tools/call',
        protocolHeaders: Object.fromEntries(new Headers(init.headers)),
      },
      { takes: (answer) => takes(answer, asked), refused },
    )
    if (answer.text.length > longestAnswer) throw failures.tooLarge('4 MiB')
    return responseOf(answer, asked, failures)
  }

  return {
    async fetch(_url, init = {}) {
      // The client asks for a stream of notifications, which a server may refuse (MCP, "Streamable HTTP").
      if (init.method === 'GET') return new Response(null, { status: 405 })
      if (failure) throw failure
      try {
        return await send(init)
      } catch (error) {
        // Kept, because the SDK may wrap the error or try again.
        if (error instanceof Failure && init.method !== 'DELETE') failure = error
        throw error
      }
    },
    failed: () => failure,
  }
}

/**
 * Statuses that the protocol uses itself, with a message. The answer to `server/discover`, which finds out the server's
 * era, needs none.
 */
const takes: (answer: Answer, asked: Asked) => ReturnType<Judge['takes']> = (answer, asked) => {
  const { status } = answer
  if (![400, 404, 405, 406, 415, 422].includes(status)) return false
  return asked.method === 'server/discover' || messageFor(answer, asked) !== undefined
}

const sessionId = /^[\x21-\x7e]{1,256}$/

function responseOf(answer: Answer, asked: Asked, failures: Failures): Response {
  const { status, headers } = answer
  const session = headers['mcp-session-id']
  if (session !== undefined && !sessionId.test(String(session))) {
    throw failures.unexpected(status, 'an invalid session id')
  }
  if (asked.id === undefined) return new Response(null, { status: 202 })
  const message = messageFor(answer, asked)
  if (!message) {
    if (status >= 400) return new Response(null, { status })
    throw failures.unexpected(status, 'no message answers the request')
  }
  const kept = session === undefined ? {} : { 'mcp-session-id': String(session) }
  return Response.json(message, { status, headers: kept })
}

/** The response with the request's id. An error may have the id `null` (JSON-RPC 2.0 §5). */
function messageFor({ status, json }: Pick<Answer, 'status' | 'json'>, { id }: Asked) {
  if (!isObject(json) || json.method !== undefined) return undefined
  const ofNone = status >= 400 && json.id === null && isObject(json.error)
  return json.id === id || ofNone ? json : undefined
}
