/** One request over undici: pooled connections, no redirects, one time limit for connecting, waiting and reading. */
import { type Dispatcher, errors } from 'undici'
import { parseJson } from '../json.ts'
import { withTimeLimit } from '../resilience/time-limit.ts'
import type { Secret } from '../secret.ts'
import { target } from '../target.ts'
import { readEvents } from './event-stream.ts'

/** `ClientType`: a quota of its own at Cost Management (pace.ts). `ConsistencyLevel`: Graph's advanced queries. */
const settable = ['ClientType', 'ConsistencyLevel', 'If-Match', 'If-None-Match', 'Prefer'] as const
/** The headers that a tool may set; never authorization, host or cookies. */
export type RequestHeaders = Partial<Record<(typeof settable)[number], string>>

export type DownstreamRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the base URL, with its parameters. */
  path: string
  headers: RequestHeaders
  /** Of a protocol over HTTP (MCP), as its client made them. */
  protocolHeaders?: Readonly<Record<string, string>>
  body?: unknown
  /** Whether an event of a stream is the answer. Nothing after it is read. `status`: of the HTTP response. */
  isAnswer?: (json: unknown, status: number) => boolean
  /** Whether it changes nothing, so that it may be sent again. */
  reads: boolean
}

export type AnswerHeaders = Record<string, string | string[] | undefined>

export type Answer = {
  status: number
  headers: AnswerHeaders
  /** Undefined where the body is empty or not JSON. */
  json: unknown
  text: string
  /** Whether the text contains the token that was sent. */
  repeatsToken: boolean
  /** As the request said. */
  reads: boolean
}

/** Sends once. `milliseconds`: the time limit. @throws what undici throws */
export const send = (
  { method, headers, protocolHeaders = {}, body, isAnswer, reads }: DownstreamRequest,
  {
    url,
    bearer,
    milliseconds,
    dispatcher,
  }: {
    url: string
    bearer: Secret<'downstream token'>
    milliseconds: number
    dispatcher: Dispatcher
  },
): Promise<Answer> =>
  withTimeLimit(milliseconds, async (signal) => {
    const answer = await dispatcher.request({
      ...{ ...target(url), method, signal },
      headers: {
        ...settableOf(headers),
        accept: 'application/json',
        ...protocolOf(protocolHeaders),
        authorization: `Bearer ${bearer.reveal()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const { statusCode: status, headers: answerHeaders } = answer
    const { text, json } =
      isAnswer && isEventStream(answerHeaders['content-type'])
        ? await readEvents(answer.body, (event) => isAnswer(event, status))
        : await readWhole(answer.body)
    return {
      ...{ status, headers: answerHeaders, text, json, reads },
      repeatsToken: text.includes(bearer.reveal()),
    }
  })

const isEventStream = (type: unknown) => /^text\/event-stream\s*(;|$)/i.test(String(type))

async function readWhole(body: { text: () => Promise<string> }) {
  const text = await body.text()
  return { text, json: parseJson(text) }
}

/** Chosen from the list, because a value may have more properties than its type. */
const settableOf = (asked: RequestHeaders): Record<string, string> =>
  Object.fromEntries(
    settable.flatMap((name) => {
      const value = asked[name]
      return value === undefined ? [] : [[name.toLowerCase(), value]]
    }),
  )

/** `accept`, and what begins with `mcp-`. */
const protocolOf = (asked: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(asked).filter(([name]) => /^(accept|mcp-[a-z0-9-]+)$/.test(name)),
  )

export const isTooLarge = (error: unknown): boolean =>
  error instanceof errors.ResponseExceededMaxSizeError
