/** The headers that a tool may set: a closed list, without authorization, host and cookies. */

const settableHeaders = [
  /** Cost Management: a name of one's own has a quota of its own. */
  'ClientType',
  /** Microsoft Graph's advanced queries. */
  'ConsistencyLevel',
  'If-Match',
  'If-None-Match',
  'Prefer',
] as const

export type SettableHeader = (typeof settableHeaders)[number]

/** Chosen from the list, not spread: a type does not stop what a variable holds besides. */
export const settable = (headers: Partial<Record<SettableHeader, string>>) =>
  Object.fromEntries(
    settableHeaders.flatMap((name) => {
      const value = headers[name]
      return value === undefined ? [] : [[name.toLowerCase(), value]]
    }),
  )
