/** The parameters of one request (RFC 6749 §3.1): none may repeat, and an empty one counts as absent. */
import { Refusal } from './errors.ts'

export type Parameters = {
  optional(name: string): string | undefined
  required(name: string): string
  entries(): [string, string][]
}

/** @throws Refusal 9000411 for a repeated parameter; `required` throws 900144 */
export function parseParameters(raw: URLSearchParams): Parameters {
  const values = new Map<string, string>()
  for (const [name, value] of raw) {
    if (values.has(name)) throw new Refusal(9000411, { parameter: name })
    values.set(name, value)
  }
  const optional = (name: string) => values.get(name) || undefined
  return {
    optional,
    required(name) {
      const value = optional(name)
      if (value === undefined) throw new Refusal(900144, { parameter: name })
      return value
    },
    entries: () => [...values].filter(([, value]) => value !== ''),
  }
}
