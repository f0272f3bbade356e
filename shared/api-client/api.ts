/** The downstream API as a tool sees it: paths in, parsed data out. How requests are sent is client.ts's. */

import type { Query } from '../path.ts'
import type * as z from '../zod.ts'
import type { RequestHeaders } from './headers.ts'

/**
 * Signed in as the caller. Build paths with `path` (path.ts), so that no value leaves its segment; a path may also be
 * a link that the API gave. Every answer is checked by a schema. One without content (204, or an empty body after a
 * write) is `undefined` to it, so `schema.optional()` or `z.undefined()` takes it.
 *
 * @throws Failure `downstream_refused` (4xx), `downstream_throttled` (429), `downstream_failed` (no answer, 5xx),
 *   `downstream_unexpected` (an answer that does not fit the schema), `downstream_too_large`, and what the exchange
 *   for the API's token throws.
 */
export type Api = {
  /** Where the API is, which tells the cloud in use. Paths go without it. */
  readonly baseUrl: string
  /** Sent again after 429 and 503 while the call's time allows, like everything that reads. */
  get: <T>(path: string, schema: z.ZodType<T>, options?: RequestOptions) => Promise<T>
  /** @example api.post('/query', { top: 5 }, answer, { reads: true }) */
  post: <T>(
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
    options?: RequestOptions & {
      /** The request changes nothing (a query too long for a URL), so it may be sent again like a GET. */
      reads?: boolean
    },
  ) => Promise<T>
  /** Sent again only after a 429, like everything that writes: no other answer says that nothing was done. */
  put: Write
  patch: Write
  delete: <T>(path: string, schema: z.ZodType<T>, options?: RequestOptions) => Promise<T>
  /**
   * All pages of a list, by the link to the next one that each holds (`nextLink` or `@odata.nextLink`, at the top or
   * in `properties`). More than 1,000 are a Failure `downstream_too_large`, never a shorter list.
   *
   * @example (await api.pages('/subscriptions', page)).flatMap(({ value }) => value)
   */
  pages: <T>(
    path: string,
    schema: z.ZodType<T>,
    options?: RequestOptions & {
      /** Asks for each page by a POST of this body, which reads (Cost Management's query). */
      post?: unknown
    },
  ) => Promise<T[]>
  /** Asynchronous operations (Azure REST guidelines, "long-running operations"): begin one … */
  begin: <T>(
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
    options?: RequestOptions,
  ) => Promise<Progress<T>>
  /** … and look at it again, at the place that it named. */
  poll: <T>(
    location: string,
    schema: z.ZodType<T>,
    options?: RequestOptions,
  ) => Promise<Progress<T>>
}

type Write = <T>(
  path: string,
  body: unknown,
  schema: z.ZodType<T>,
  options?: RequestOptions,
) => Promise<T>

export type RequestOptions = {
  headers?: RequestHeaders
  /** Added to the path's own parameters. Names and values are encoded by the client. */
  query?: Query
}

export type Progress<T> =
  | { done: true; value: T }
  | { done: false; location: string | undefined; retryAfterSeconds: number }
