/** The headers that may be set from outside: closed lists, without authorization, host and cookies. */

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

/** Of MCP over HTTP: `accept` and what begins with `mcp-`. */
export const protocolHeadersOf = (asked: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(asked).filter(([name]) => /^(accept|mcp-[a-z0-9-]+)$/.test(name)),
  )
