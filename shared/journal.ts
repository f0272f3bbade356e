/**
 * Decides which events get a log line. Every event of a known user does. Anonymous requests are free to send, so they
 * must not fill the log: requests without a valid token are only counted, and other anonymous requests get ten lines a
 * minute. The count is written with the next line, at most once a minute.
 */
import { randomUUID } from 'node:crypto'
import { type AuditRecord, audit, type Log } from './audit.ts'

/** Writes the record, or counts it. One journal per instance, since it holds the counts. */
export type Journal = (log: Log, record: AuditRecord) => void

/** Milliseconds. */
const minute = 60_000
const linesPerMinute = 10
const lastKept = 10
/** Characters. */
const longestDetail = 256
const onlyCounted = ['token_missing', 'token_refused']

/** One journal per process. `now`: milliseconds since 1970. */
export function journal({ now }: { now: () => number }): Journal {
  let spent = { since: Number.NEGATIVE_INFINITY, lines: 0 }
  let counted = nothingCounted()
  let told = Number.NEGATIVE_INFINITY

  const hasLine = ({ oid, tid, azp, outcome }: AuditRecord) => {
    if (oid ?? tid ?? azp) return true
    if (onlyCounted.includes(outcome)) return false
    if (now() - spent.since >= minute) spent = { since: now(), lines: 0 }
    return ++spent.lines <= linesPerMinute
  }
  const count = ({ outcome, reference, detail = '' }: AuditRecord) => {
    if (counted.last.length === 0) counted.since = now()
    counted.counts.set(outcome, (counted.counts.get(outcome) ?? 0) + 1)
    const short = detail.slice(0, longestDetail)
    counted.last = [...counted.last, { reference, detail: short }].slice(-lastKept)
  }
  const tell = (log: Log) => {
    if (counted.last.length === 0 || now() - told < minute) return
    const { counts, last } = counted
    const record = { reference: randomUUID(), outcome: 'anonymous_refusals' }
    audit(log, { ...record, counts: Object.fromEntries(counts), last })
    counted = nothingCounted()
    told = now()
  }

  return (log, record) => {
    if (hasLine(record)) {
      audit(log, record)
      tell(log)
      return
    }
    count(record)
    // If no other line is written in the meantime.
    if (now() - counted.since >= minute) tell(log)
  }
}

const nothingCounted = () => ({
  since: 0,
  counts: new Map<string, number>(),
  last: [] as readonly { reference: string; detail: string }[],
})
