/** The state of a cost details report, from Cost Management's answer. */
import * as z from '../../shared/zod.ts'

export type Report = { state: 'running' } | FinishedReport

export type FinishedReport =
  | {
      state: 'ready'
      blobs: { blobLink: string; byteCount: number }[]
      validTill: string | undefined
    }
  | { state: 'no_data' | 'failed' }

/** By Cost Management's status. The last four are undocumented with a 200, but were seen. */
const states: Partial<Record<string, Report['state']>> = {
  Completed: 'ready',
  NoDataFound: 'no_data',
  Failed: 'failed',
  InProgress: 'running',
  Running: 'running',
  Queued: 'running',
  NotStarted: 'running',
}

/** `undefined` (204) means that there is no data. A report without its whole list of files is refused. */
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
      return z.problem(context, 'neither a known status nor a whole report')
    }
    return state === 'ready' ? { state, blobs, validTill: validTill ?? undefined } : { state }
  })
