/**
 * One line of the log: who asked, through which client, for which tool, and how it ended. No token, argument, result,
 * name or mail address; of an error the messages, and a stack only when it was not foreseen. Every text is bounded and
 * stays on its line, whoever wrote it. Which decisions get a line is journal.ts's business.
 */
import type { Identity, Severity } from './failure.ts'

export type { Severity }

export type AuditRecord = Identity & {
  /** `information` unless given. */
  severity?: Severity
  /** ISO 8601, for lines outside an invocation: the host dates all others. */
  time?: string
  /** What the caller was given to quote; finds this line. */
  reference: string
  /** `ok`, or the error or failure reason that ended it. */
  outcome: string
  /** HTTP status of a refusal. */
  status?: number
  endpoint?: string
  tool?: string
  /** Those of the caller's scopes that the tool asks for. */
  scopes?: readonly string[]
  /** The scopes of the downstream APIs that the tool goes on with: resource and name, space-separated. */
  downstream?: string
  /** Of a token issued: for which grant (RFC 6749), and to which client, by the SHA-256 of its id. */
  grant?: 'authorization_code' | 'refresh_token'
  client?: string
  /** For an operator: the facts behind the outcome. */
  detail?: string
  /** How many requests were sent downstream, and the ids of the last of them. */
  downstreamRequests?: number
  downstreamRequestIds?: readonly string[]
  /** Requests that were sent again after an answer that said to wait. */
  retries?: number
  /** Rows that a purge of this user's tokens deleted. */
  purged?: number
  /** Refusals of callers that are not known, by outcome, and the last of them. */
  counts?: Readonly<Record<string, number>>
  last?: readonly { reference: string; detail: string }[]
  milliseconds?: number
}

/** Writes one line: in Azure by the invocation's own logger, so that the line carries the operation id. */
export type Log = (line: string, severity: Severity) => void

export function audit(log: Log, { severity = 'information', ...record }: AuditRecord): void {
  log(JSON.stringify({ severity, ...record }, bounded).replace(unseen, escaped), severity)
}

/** Characters. A stack needs more than a name. */
const longest = (field: string) => (field === 'detail' ? 8_000 : 256)

const bounded = (field: string, value: unknown) =>
  typeof value === 'string' ? value.slice(0, longest(field)).replace(jwt, '[token]') : value

/** Also when an error's message quotes one. */
const jwt = /eyJ[\w-]{8,}[\w.-]*/g

/** What ends a line, or shows it otherwise than it is, and is not escaped in JSON: controls, separators, directions. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu
const escaped = (found: string) =>
  found
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')

/** The messages of an error and of what caused it, without stacks; never empty for an error. */
export function causes(error: unknown): string {
  if (error === undefined) return ''
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return [error.message || code, causes(error.cause)].filter(Boolean).join(': ')
}

/** The same with the stack: for what nobody foresaw. */
export const traced = (error: unknown): string =>
  `${error instanceof Error ? `${error.stack}: ` : ''}${causes(error)}`

const requestId = /^[\w.:-]{1,64}$/
const requestIdsKept = 20

/** What a record says of the requests sent downstream, by the ids that their answers had. */
export function downstreamRequests(sent: {
  requestIds: readonly string[]
  retries: number
}): Partial<AuditRecord> {
  const { requestIds, retries } = sent
  return {
    ...(requestIds.length > 0 && {
      downstreamRequests: requestIds.length,
      downstreamRequestIds: requestIds.filter((id) => requestId.test(id)).slice(-requestIdsKept),
    }),
    ...(retries > 0 && { retries }),
  }
}

/** A name that a client made up, when it is fit to be read and no token: of a tool, of an origin. */
export const readable = (name: string): string =>
  /^(?!eyJ)[\w.:/-]{1,64}$/.test(name) ? name : `(${name.length} characters)`
