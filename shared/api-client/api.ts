/** The downstream API as a tool sees it: paths in, parsed data out. client.ts implements it. */
import type { Query } from '../path.ts'
import type * as z from '../zod.ts'
import type { RequestHeaders } from './send.ts'

/**
 * An API, signed in to as the caller. Build paths with `path` (path.ts), which encodes values; a path may also be a link
 * that the API gave. A schema checks every answer; it gets `undefined` for one without content (204, or an empty body
 * after a write), which `schema.optional()` and `z.undefined()` accept. A call may take until its deadline, 60 s.
 *
 * @throws Failure `downstream_refused` (4xx), `downstream_throttled` (429), `downstream_failed` (no answer, 5xx),
 *   `downstream_unexpected` (an answer that does not fit the schema), `downstream_too_large`, and what the exchange
 *   for the API's token throws.
 */
export type Api = {
  /** Without trailing slash. Shows which cloud is in use; paths do not include it. */
  readonly baseUrl: string
  /**
   * Retried after 429 and 503 until the deadline, like every request that reads.
   * @example api.get(path`/orders/${id}`, order)
   */
  get: <T>(path: string, schema: z.ZodType<T>, options?: RequestOptions) => Promise<T>
  /**
   * Retried after 429 only, like every request that writes: no other answer proves that nothing was done.
   * @example api.post('/orders', { sku, count }, order)
   * @example api.post('/query', { top: 5 }, answer, { reads: true })
   */
  post: <T>(
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
    options?: RequestOptions & {
      /** The request changes nothing (a query too long for a URL), so it is retried like a GET. */
      reads?: boolean
    },
  ) => Promise<T>
  /** @example api.put(path`/orders/${id}`, { sku, count }, order, { headers: { 'If-Match': etag } }) */
  put: Write
  /** @example api.patch('/v1.0/me', { mobilePhone }, z.undefined()) */
  patch: Write
  /** @example api.delete(path`/orders/${id}`, z.undefined()) */
  delete: <T>(path: string, schema: z.ZodType<T>, options?: RequestOptions) => Promise<T>
  /**
   * Reads all pages of a list. Each page has a link to the next: `nextLink` or `@odata.nextLink`, at the top or in
   * `properties`. More than 1,000 pages are a Failure `downstream_too_large`, never a shorter list.
   *
   * @example (await api.pages('/subscriptions', page)).flatMap(({ value }) => value)
   */
  pages: <T>(
    path: string,
    schema: z.ZodType<T>,
    options?: RequestOptions & {
      /** The body of a POST that reads, sent for each page in place of a GET (Cost Management's query). */
      post?: unknown
      /** Stops before the last page, once the pages read so far are enough. */
      enough?: (pages: readonly T[]) => boolean
    },
  ) => Promise<T[]>
  /** Begins a long-running operation (Azure REST guidelines, "long-running operations") by a POST. */
  begin: <T>(
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
    options?: RequestOptions,
  ) => Promise<Progress<T>>
  /** Looks at the operation again. `location`: from its last answer. */
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
  /** Added to the path's own parameters, with names and values encoded. */
  query?: Query
}

export type Progress<T> =
  | { done: true; value: T }
  | { done: false; location: string | undefined; retryAfterSeconds: number }
