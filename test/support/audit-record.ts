/** What a line of the log may hold: every field, as the tests expect it, and no other. */
import assert from 'node:assert/strict'
import * as z from 'zod'
import type { AuditRecord } from '../../shared/audit.ts'

const text = z.string().min(1)
const ids = z.array(z.string().regex(/^[\w.:-]{1,64}$/)).max(20)

const fields = {
  severity: z.enum(['information', 'warning', 'error']),
  time: z.iso.datetime().optional(),
  reference: z.uuid(),
  outcome: z.string().regex(/^[a-z_]+$/),
  endpoint: text.optional(),
  status: z.number().optional(),
  tool: text.max(64).optional(),
  scopes: z.array(text).optional(),
  downstream: text.optional(),
  oid: text.optional(),
  tid: text.optional(),
  azp: text.optional(),
  azpacr: text.optional(),
  uti: text.optional(),
  xms_act_fct: text.optional(),
  xms_sub_fct: text.optional(),
  xms_par_app_azp: text.optional(),
  grant: z.enum(['authorization_code', 'refresh_token']).optional(),
  client: text.optional(),
  detail: text.max(8_000).optional(),
  downstreamRequests: z.int().min(1).optional(),
  downstreamRequestIds: ids.optional(),
  tokenSource: z.enum(['memory', 'table', 'entra']).optional(),
  retries: z.int().min(1).optional(),
  purged: z.int().optional(),
  counts: z.record(z.string(), z.int().min(1)).optional(),
  last: z
    .array(z.strictObject({ reference: z.uuid(), detail: text.max(256) }))
    .max(10)
    .optional(),
  milliseconds: z.number().optional(),
} satisfies Record<keyof AuditRecord, z.ZodType>

export const auditFields: readonly string[] = Object.keys(fields)

const record = z.strictObject(fields)
export type AuditLine = z.output<typeof record>

export function auditRecordOf(line: string): AuditLine {
  return record.parse(JSON.parse(line))
}

/** The log of a function app on the local host: what it is started with, and the records since they were last taken. */
export function hostLog() {
  let records: AuditLine[] = []
  return {
    log(level: string, message: string) {
      const [, line] = /^[\w-]+: (\{.*\})$/.exec(message) ?? []
      if (line === undefined) return
      const record = auditRecordOf(line)
      assert.equal(record.severity, level)
      records.push(record)
    },
    take(): AuditLine[] {
      const taken = records
      records = []
      return taken
    },
  }
}
