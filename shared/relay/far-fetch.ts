/**
 * The `fetch` of the official client for one call: its requests go out as the user's (api-client/connection.ts), and of
 * an answer only the one message that the request waits for comes back. No streams, notifications or requests of the
 * server's; of a refusal over HTTP nothing but its status and `error`.
 */
import type { FetchLike } from '@modelcontextprotocol/client'
import type { Judge } from '../api-client/connection.ts'
import type { Failures } from '../api-client/failures.ts'
import type { Answer } from '../api-client/send.ts'
import { Failure } from '../failure.ts'
import { at, isObject, parseJson } from '../json.ts'
import type { FarSide } from '../mcp/call-context.ts'
import { challengeJudge } from './far-challenge.ts'

type Asked = { id: unknown; method: unknown }

export function farFetch(options: {
  far: FarSide
  /** As people know the server. */
  name: string
  /** The tool changes nothing: its call may be sent again. */
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
        reads: reads || asked.method !== 'tools/call',
        protocolHeaders: Object.fromEntries(new Headers(init.headers)),
      },
      { takes: (answer) => takes(answer, asked), refused },
    )
    return responseOf(answer, asked, failures)
  }

  return {
    async fetch(_url, init = {}) {
      // A stream of its own, which MCP lets a client ask for and a server refuse.
      if (init.method === 'GET') return new Response(null, { status: 405 })
      if (failure) throw failure
      try {
        return await send(init)
      } catch (error) {
        // The SDK may make another error of it, or try again.
        if (error instanceof Failure && init.method !== 'DELETE') failure = error
        throw error
      }
    },
    failed: () => failure,
  }
}

/** What the protocol answers with such a status: always a message, but for the question which era a server is of. */
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
    throw failures.unexpected(status, 'its session id is none')
  }
  if (asked.id === undefined) return new Response(null, { status: 202 })
  const message = messageFor(answer, asked)
  if (!message) {
    if (status >= 400) return new Response(null, { status })
    throw failures.unexpected(status, 'no message that answers the request')
  }
  const init = {
    status,
    ...(session !== undefined && { headers: { 'mcp-session-id': String(session) } }),
  }
  return Response.json(message, init)
}

/** The response with the request's id; of a refused request also one without (JSON-RPC 2.0 §5). */
function messageFor({ status, headers, json, text }: Answer, { id }: Asked): object | undefined {
  const type = String(headers['content-type'] ?? '')
    .split(';')[0]
    ?.trim()
    .toLowerCase()
  const messages = type === 'text/event-stream' ? eventsOf(text) : [json]
  return messages.filter(isObject).find((message) => {
    if (message.method !== undefined) return false
    return message.id === id || (status >= 400 && message.id === null && isObject(message.error))
  })
}

/** HTML standard, "Server-sent events": the data of each. */
const eventsOf = (text: string) =>
  text.split(/\r\n\r\n|\n\n|\r\r/).map((event) => {
    const data = event.split(/\r\n|\n|\r/).flatMap((line) => /^data: ?(.*)$/.exec(line)?.[1] ?? [])
    return parseJson(data.join('\n'))
  })
