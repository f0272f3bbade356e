/** The headers that a tool may set: a closed list, without authorization, host and cookies. */

/** `ClientType`: a quota of one's own at Cost Management (see pace.ts). `ConsistencyLevel`: Graph's advanced queries. */
const settable = ['ClientType', 'ConsistencyLevel', 'If-Match', 'If-None-Match', 'Prefer'] as const

export type RequestHeaders = Partial<Record<(typeof settable)[number], string>>

/** Chosen from the list, not spread: a type does not stop what a variable holds besides. */
export const headersOf = (asked: RequestHeaders): Record<string, string> =>
  Object.fromEntries(
    settable.flatMap((name) => {
      const value = asked[name]
      return value === undefined ? [] : [[name.toLowerCase(), value]]
    }),
  )
