/**
 * The state of one request while it is served, and its entry in the log: never a token, never a query string, which
 * holds the signature of a blob link.
 */

export type Visit = {
  requestId: string
  /** Set once the token has been checked. */
  oid?: string
  /** Breaks the connection without an answer. */
  cut: () => Response
}

/** Answers the requests below one path. */
export type Surface = (request: Request, visit: Visit) => Promise<Response>

export type RequestRecord = {
  /** ISO 8601. */
  time: string
  method: string
  path: string
  oid: string | undefined
  /** 0 when the connection was cut. */
  status: number
  requestId: string
}

/** Keeps the last thousand requests. */
export function createRequestLog() {
  const records: RequestRecord[] = []
  return {
    add(record: RequestRecord) {
      records.push(record)
      if (records.length > 1000) records.shift()
    },
    all: () => [...records],
    clear() {
      records.length = 0
    },
  }
}
