/** What a page of the sign-in came to: what the browser gets, and what an operator is told. */
import type { AuditRecord } from '../audit.ts'

export type Decided = {
  response: Response
  /** Holds no code, state or token; none while nothing is decided. */
  decision?: Omit<AuditRecord, 'reference'>
}
