/** The emulator's request log, for tests and people. Never holds a token, code, secret or assertion. */
import type { AadstsCode } from './errors.ts'

/** The part of an entry that the endpoint fills in. */
export type Note = {
  /** The endpoint or, at the token endpoint, the grant. */
  kind: string
  clientId?: string | undefined
  /** Object id. */
  user?: string | undefined
  scope?: string | undefined
  error?: AadstsCode | undefined
}

export type LoggedRequest = Note & {
  /** ISO 8601, by the emulator's clock. */
  time: string
  method: string
  /** Without its query. */
  path: string
  /** 0: the connection was reset. */
  status: number
}

export type RequestFilter = Partial<Pick<LoggedRequest, 'kind' | 'clientId' | 'user' | 'status'>>

export type RequestLog = {
  add(entry: LoggedRequest): void
  /** Oldest first; an entry must match every field of the filter. */
  entries(filter?: RequestFilter): LoggedRequest[]
  clear(): void
}

const kept = 1000

/** Keeps the last thousand requests. */
export function createRequestLog(): RequestLog {
  let entries: LoggedRequest[] = []
  return {
    add(entry) {
      entries.push(entry)
      if (entries.length > kept) entries.shift()
    },
    entries: ({ kind, clientId, user, status } = {}) =>
      entries.filter(
        (entry) =>
          (kind === undefined || entry.kind === kind) &&
          (clientId === undefined || entry.clientId === clientId) &&
          (user === undefined || entry.user === user) &&
          (status === undefined || entry.status === status),
      ),
    clear() {
      entries = []
    },
  }
}
