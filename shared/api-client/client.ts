/**
 * Implements the `Api` of tools (api.ts) over a connection that carries the user's token: keeps paths below the base
 * URL, parses answers by a schema, follows pages and long-running operations.
 */
import { pathWithin, withQuery } from '../path.ts'
import type * as z from '../zod.ts'
import { contentOf, nextLinkOf } from './answer.ts'
import type { Api, Progress, RequestOptions } from './api.ts'
import type { Connect, SignedIn } from './connection.ts'
import { retryAfterSeconds } from './retry.ts'
import type { Answer, DownstreamRequest } from './send.ts'

export type CreateApi = (signedIn: SignedIn) => Api

const maxPages = 1_000

type Options = RequestOptions & { body?: unknown; reads?: boolean }

/**
 * Makes the function that signs a tool in to an API. `now`: milliseconds since 1970. Its methods throw what {@link Api}
 * says.
 */
export function downstreamClient(options: { now: () => number; connect: Connect }): CreateApi {
  const { now, connect } = options
  return (signedIn) => {
    const { baseUrl } = signedIn
    const { call, failures } = connect(signedIn)

    /** Checks that a tool's path or the API's link stays below the base URL. */
    const pathBelow = (path: string, status?: number) => {
      try {
        return pathWithin(baseUrl, path)
      } catch {
        throw failures.unexpected(status, 'a path leads out of the base URL')
      }
    }
    const requestOf = (
      method: DownstreamRequest['method'],
      path: string,
      { headers = {}, query = {}, body, reads = false }: Options,
    ): DownstreamRequest => ({
      ...{ method, headers, body, reads },
      path: withQuery(pathBelow(path), query),
    })
    const value = <T>(schema: z.ZodType<T>, answer: Answer) => contentOf(schema, answer, failures)

    const ask = async <T>(
      method: DownstreamRequest['method'],
      path: string,
      schema: z.ZodType<T>,
      options: Options,
    ): Promise<T> => value(schema, await call(requestOf(method, path, options)))

    const progress = async <T>(
      request: DownstreamRequest,
      schema: z.ZodType<T>,
    ): Promise<Progress<T>> => {
      const answer = await call(request)
      const { status, headers } = answer
      if (status !== 202) return { done: true, value: value(schema, answer) }
      const { location } = headers
      return {
        done: false,
        location: typeof location === 'string' ? pathBelow(location, status) : undefined,
        retryAfterSeconds: retryAfterSeconds(headers, now()) ?? 5,
      }
    }

    const reads = true
    return {
      baseUrl,
      get: (path, schema, options) => ask('GET', path, schema, { ...options, reads }),
      post: (path, body, schema, options) => ask('POST', path, schema, { ...options, body }),
      put: (path, body, schema, options) => ask('PUT', path, schema, { ...options, body }),
      patch: (path, body, schema, options) => ask('PATCH', path, schema, { ...options, body }),
      delete: (path, schema, options) => ask('DELETE', path, schema, { ...options }),
      begin: async (path, body, schema, options) =>
        progress(requestOf('POST', path, { ...options, body }), schema),
      poll: async (location, schema, options) =>
        progress(requestOf('GET', location, { ...options, reads }), schema),
      async pages(path, schema, { post, enough = () => false, ...options } = {}) {
        const method = post === undefined ? 'GET' : 'POST'
        let asked = requestOf(method, path, { ...options, body: post, reads })
        const pages: z.output<typeof schema>[] = []
        while (pages.length < maxPages) {
          const answer = await call(asked)
          pages.push(value(schema, answer))
          const next = nextLinkOf(answer, failures)
          if (next === undefined || enough(pages)) return pages
          asked = { ...asked, path: pathBelow(next, answer.status) }
        }
        throw failures.tooLarge('1,000 pages')
      },
    }
  }
}
