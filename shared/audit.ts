/**
 * Writes one log line: the caller, the client, the tool and the outcome. Never a token, argument, result, name or mail
 * address. An error is logged by its messages, with a stack only if it was unexpected. Every text is cut to a maximum
 * length and cannot break out of its line. journal.ts decides which events get a line.
 */
import type { Identity, Severity } from './failure.ts'
import type { TokenSource } from './token-source.ts'

export type { Severity }

export type AuditRecord = Identity & {
  /** `information` unless given. */
  severity?: Severity
  /** ISO 8601, for lines outside an invocation: the host dates all others. */
  time?: string
  /** Given to the caller to quote; identifies this line. */
  reference: string
  /** `ok`, or the error or failure reason that ended it. */
  outcome: string
  /** HTTP status of the answer, unless it was 200. */
  status?: number
  endpoint?: string
  tool?: string
  /** Those of the caller's scopes that the tool asks for. */
  scopes?: readonly string[]
  /** The downstream scopes that the tool uses: resource and name, space-separated. */
  downstream?: string
  /** For an issued token: the grant (RFC 6749) and the SHA-256 of the client's id. */
  grant?: 'authorization_code' | 'refresh_token'
  client?: string
  /** For an operator: the facts behind the outcome. */
  detail?: string
  /** Number of requests sent downstream, and the ids of the last ones. */
  downstreamRequests?: number
  downstreamRequestIds?: readonly string[]
  /** Where the downstream token came from: this process, the table, or an exchange at Entra. */
  tokenSource?: TokenSource
  /** Requests repeated after a 429 or 503. */
  retries?: number
  /** Number of token cache rows that a purge of this user deleted. */
  purged?: number
  /** Rejected requests of unknown callers, counted by outcome, and the last of them. */
  counts?: Readonly<Record<string, number>>
  last?: readonly { reference: string; detail: string }[]
  milliseconds?: number
}

/** Writes one line. In Azure: through the invocation's logger, so that the line carries the operation id. */
export type Log = (line: string, severity: Severity) => void

/** Writes one line of JSON, with the severity that `log` is called with. */
export function audit(log: Log, { severity = 'information', ...record }: AuditRecord): void {
  log(JSON.stringify({ severity, ...record }, bounded).replace(unseen, escaped), severity)
}

/** Characters. A stack needs more than a name. */
const longest = (field: string) => (field === 'detail' ? 8_000 : 256)

const bounded = (field: string, value: unknown) =>
  typeof value === 'string' ? value.slice(0, longest(field)).replace(jwt, '[token]') : value

/** A token that an error message quotes. */
const jwt = /eyJ[\w-]{8,}[\w.-]*/g

/**
 * Characters that JSON does not escape and that end a line or change how it is displayed: controls, separators, text
 * direction.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
const escaped = (found: string) =>
  found
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')

/** The messages of an error and its causes, without stacks; never empty for an error. */
export function causes(error: unknown): string {
  if (error === undefined) return ''
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return [error.message || code, causes(error.cause)].filter(Boolean).join(': ')
}

/** The same with the stack, for unexpected errors. */
export const traced = (error: unknown): string =>
  `${error instanceof Error ? `${error.stack}: ` : ''}${causes(error)}`

const requestId = /^[\w.:-]{1,64}$/
const requestIdsKept = 20

/** The fields of a record that describe what was sent downstream: the token's source, and requests by their ids. */
export function downstreamRequests(sent: {
  requestIds: readonly string[]
  retries: number
  tokenSource?: TokenSource
}): Partial<AuditRecord> {
  const { requestIds, retries, tokenSource } = sent
  return {
    ...(tokenSource && { tokenSource }),
    ...(requestIds.length > 0 && {
      downstreamRequests: requestIds.length,
      downstreamRequestIds: requestIds.filter((id) => requestId.test(id)).slice(-requestIdsKept),
    }),
    ...(retries > 0 && { retries }),
  }
}

/**
 * A name chosen by the client (of a tool, of an origin), if it is short, printable and not a token; otherwise its
 * length.
 */
export const readable = (name: string): string =>
  /^(?!eyJ)[\w.:/-]{1,64}$/.test(name) ? name : `(${name.length} characters)`
