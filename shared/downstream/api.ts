/** The downstream API as a tool sees it. How requests are sent is client.ts's. */
import type { Query } from '../path.ts'
import type * as z from '../zod.ts'
import type { SettableHeader } from './headers.ts'

/**
 * A path may be a link that the API itself gave. An answer without content (204) is `undefined` to the schema, so
 * that `schema.optional()` takes it. Throws a Failure `downstream_refused`, `downstream_throttled` or
 * `downstream_failed`.
 */
export type Api = {
  get: <T>(path: string, schema: z.ZodType<T>, options?: RequestOptions) => Promise<T>
  post: <T>(
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
    options?: RequestOptions & {
      /** The request changes nothing (a query that is too long for a URL), so it may be sent again like a GET. */
      reads?: boolean
    },
  ) => Promise<T>
  /** Asynchronous operations (Azure REST guidelines, "long-running operations"): begin one … */
  begin: <T>(path: string, body: unknown, schema: z.ZodType<T>) => Promise<Progress<T>>
  /** … and look at it again, at the place that it named. */
  poll: <T>(location: string, schema: z.ZodType<T>) => Promise<Progress<T>>
}

export type RequestOptions = {
  headers?: RequestHeaders
  /** Added to the path's own. Names and values are encoded here. */
  query?: Query
}

/** The headers that a tool may set. Authorization, host and cookies are not among them. */
export type RequestHeaders = Partial<Record<SettableHeader, string>>

export type Progress<T> =
  | { done: true; value: T }
  | { done: false; location: string | undefined; retryAfterSeconds: number }
