/** A cost details report, as Cost Management answers it. */
import * as z from '../../shared/zod.ts'

export type Report = { state: 'running' } | FinishedReport

export type FinishedReport =
  | { state: 'ready'; blobs: { blobLink: string; byteCount: number }[]; validTill?: string }
  | { state: 'no_data' | 'failed' }

/** By Cost Management's status; those of running ones are not documented with 200, and seen. */
const states: Partial<Record<string, Report['state']>> = {
  Completed: 'ready',
  NoDataFound: 'no_data',
  Failed: 'failed',
  InProgress: 'running',
  Running: 'running',
  Queued: 'running',
  NotStarted: 'running',
}

/** `undefined` (204): there are no data. A list of files that is missing or not whole is no report. */
export const report = z
  .object({
    status: z.string(),
    manifest: z
      .object({
        blobCount: z.number().nullish(),
        blobs: z.array(z.object({ blobLink: z.string(), byteCount: z.number() })).nullish(),
      })
      .nullish(),
    validTill: z.string().nullish(),
  })
  .optional()
  .transform((answer, context): Report => {
    if (!answer) return { state: 'no_data' }
    const { status, manifest, validTill } = answer
    const state = states[status]
    const blobs = manifest?.blobs ?? []
    const isWhole = blobs.length > 0 && blobs.length === (manifest?.blobCount ?? blobs.length)
    if (!state || (state === 'ready' && !isWhole)) {
      context.addIssue({ code: 'custom', message: 'neither a status known nor a whole report' })
      return z.NEVER
    }
    return state === 'ready' ? { state, blobs, ...(validTill && { validTill }) } : { state }
  })
