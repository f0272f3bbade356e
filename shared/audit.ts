/**
 * What is recorded of a request, and what never is: who asked, through which client, for which tool, how it ended,
 * and the downstream request ids by which the other side's log can be found. No token, no argument, no result, no
 * name or mail address; of an error the messages, and a stack only when nobody foresaw it.
 */

/** One line of the log. */
export type AuditRecord = {
  /** What the caller was given to quote; finds this line. */
  reference: string
  /** `ok`, or the error or failure reason that ended it. */
  outcome: string
  /** HTTP status of a refusal. */
  status?: number
  endpoint?: string
  tool?: string
  tid?: string
  oid?: string
  azp?: string
  /** For an operator: the facts behind the outcome. */
  detail?: string
  downstreamRequestIds?: readonly string[]
  milliseconds?: number
}

/** Writes one line: in Azure the invocation's own logger, so that the line carries the operation id. */
export type Log = (line: string) => void

export function audit(log: Log, record: AuditRecord): void {
  log(JSON.stringify(record))
}

/** The messages of an error and of what caused it, without stacks. */
export function causes(error: unknown): string {
  if (error === undefined) return ''
  if (!(error instanceof Error)) return String(error)
  return [error.message, causes(error.cause)].filter(Boolean).join(': ')
}

/** The same with the stack: for what nobody foresaw. */
export const traced = (error: unknown): string =>
  `${error instanceof Error ? `${error.stack}: ` : ''}${causes(error)}`
