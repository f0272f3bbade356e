/** Reads a `Retry-After` header (RFC 9110 §10.2.3). The caller decides what to do with it. */

/**
 * Whole seconds to wait, rounded up; 0 for a date in the past; undefined where the header is missing or unreadable.
 * `now`: milliseconds since 1970.
 */
export function parseRetryAfter(value: string | null | undefined, now: number): number | undefined {
  const text = value?.trim() ?? ''
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text))
  // An HTTP date is always in GMT; Date.parse alone would take almost any text.
  const date = / GMT$/.test(text) ? Date.parse(text) : Number.NaN
  const seconds = Math.max(0, Math.ceil((date - now) / 1000))
  return seconds < 1_000_000_000 ? seconds : undefined
}
