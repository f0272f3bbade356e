/** The outcome of a request to a page of the sign-in: the response, and what the audit log records. */
import type { AuditRecord } from '../audit.ts'

export type Decided = {
  response: Response
  /** Contains no code, state or token; absent while nothing is decided. */
  decision?: Omit<AuditRecord, 'reference'>
}
