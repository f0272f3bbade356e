/** Where a call's downstream token came from, for the audit line. */

/** From the nearest to the farthest: this process, the table that instances share, an exchange. */
const sources = ['memory', 'table', 'entra'] as const
export type TokenSource = (typeof sources)[number]

/** Of two tokens of one call: the source that it waited for longest. */
export const fartherOf = (one: TokenSource, other: TokenSource): TokenSource =>
  sources.indexOf(one) > sources.indexOf(other) ? one : other
