/**
 * The downstream API as a tool sees it (api.ts), over a connection with the user's token on it: paths that stay below
 * its base URL, answers that fit a schema, pages, operations that take long.
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

export function downstreamClient(options: { now: () => number; connect: Connect }): CreateApi {
  const { now, connect } = options
  return (signedIn) => {
    const { baseUrl } = signedIn
    const { call, failures } = connect(signedIn)

    /** A path of ours, or a link of the API's, which leads nowhere but below its base URL. */
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
      { headers = {}, query = {}, ...more }: RequestOptions & { body?: unknown; reads: boolean },
    ): DownstreamRequest => ({ ...more, method, headers, path: withQuery(pathBelow(path), query) })

    const value = <T>(schema: z.ZodType<T>, answer: Answer) => contentOf(schema, answer, failures)

    const progress = <T>(schema: z.ZodType<T>, answer: Answer): Progress<T> => {
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
    const writes = { reads: false }
    return {
      baseUrl,
      get: async (path, schema, options) =>
        value(schema, await call(requestOf('GET', path, { ...options, reads }))),
      post: async (path, body, schema, options) =>
        value(schema, await call(requestOf('POST', path, { ...writes, ...options, body }))),
      put: async (path, body, schema, options) =>
        value(schema, await call(requestOf('PUT', path, { ...options, ...writes, body }))),
      patch: async (path, body, schema, options) =>
        value(schema, await call(requestOf('PATCH', path, { ...options, ...writes, body }))),
      delete: async (path, schema, options) =>
        value(schema, await call(requestOf('DELETE', path, { ...options, ...writes }))),
      begin: async (path, body, schema, options) =>
        progress(schema, await call(requestOf('POST', path, { ...options, ...writes, body }))),
      poll: async (location, schema, options) =>
        progress(schema, await call(requestOf('GET', location, { ...options, reads }))),
      async pages(path, schema, { post, ...options } = {}) {
        const method = post === undefined ? 'GET' : 'POST'
        let asked = requestOf(method, path, { ...options, body: post, reads })
        const pages = []
        while (pages.length < maxPages) {
          const answer = await call(asked)
          pages.push(value(schema, answer))
          const next = nextLinkOf(answer, failures)
          if (next === undefined) return pages
          asked = { ...asked, path: pathBelow(next, answer.status) }
        }
        throw failures.tooLarge('1,000 pages')
      },
    }
  }
}
