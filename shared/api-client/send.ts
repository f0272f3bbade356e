/** One request over undici: pooled connections, no redirects, one time limit for connecting, waiting and reading. */
import { type Dispatcher, errors, request } from 'undici'
import { parseJson } from '../json.ts'
import { withTimeLimit } from '../resilience/time-limit.ts'
import type { Secret } from '../secret.ts'
import { headersOf, protocolHeadersOf, type RequestHeaders } from './headers.ts'

export type DownstreamRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the base URL, with its parameters. */
  path: string
  headers: RequestHeaders
  /** Of a protocol over HTTP, whose client made them (exchange.ts). */
  protocolHeaders?: Readonly<Record<string, string>>
  body?: unknown
  /** Changes nothing: may be sent again. */
  reads: boolean
}

export type AnswerHeaders = Record<string, string | string[] | undefined>

export type Answer = {
  status: number
  headers: AnswerHeaders
  /** Undefined where the body is empty or not JSON. */
  json: unknown
  text: string
  repeatsToken: boolean
  /** As the request said. */
  reads: boolean
}

/** Sends once. `milliseconds`: how long it may take. Throws what undici throws. */
export const send = (
  { method, headers, protocolHeaders = {}, body, reads }: DownstreamRequest,
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
    const answer = await request(url, {
      ...{ dispatcher, method, signal },
      headers: {
        ...headersOf(headers),
        accept: 'application/json',
        ...protocolHeadersOf(protocolHeaders),
        authorization: `Bearer ${bearer.reveal()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = await answer.body.text()
    const { statusCode: status } = answer
    return {
      ...{ status, headers: answer.headers, text, json: parseJson(text), reads },
      repeatsToken: text.includes(bearer.reveal()),
    }
  })

export const isTooLarge = (error: unknown): boolean =>
  error instanceof errors.ResponseExceededMaxSizeError
