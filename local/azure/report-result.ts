/**
 * The result of a cost details report: a manifest with links to its files, NoDataFound or Failed. report-operations.ts
 * decides when it is ready, and for whom.
 */
import type { Blobs } from './blobs.ts'
import { csvFiles } from './cost-csv.ts'
import type { CostScope } from './cost-scope.ts'
import type { CostRecord } from './data.ts'
import type { ReportRequest } from './report-request.ts'
import type { Settings } from './settings.ts'

export type ReportResult = { status: Settings['report']['outcome'] } & Record<string, unknown>

/** Publishes the files; the links last twelve hours. */
export function createReportResults(options: {
  costsIn: (scope: CostScope) => CostRecord[]
  blobs: Blobs
  now: () => Date
}) {
  const { costsIn, blobs, now } = options
  return (report: {
    id: string
    scope: CostScope
    request: ReportRequest
    apiVersion: string
    outcome: Settings['report']['outcome']
  }): ReportResult => {
    const { id, scope, request, apiVersion, outcome } = report
    if (outcome !== 'Completed') return withoutFiles[outcome]
    const { start, end } = request.timePeriod
    const records = costsIn(scope).filter(({ day }) => day >= start && day <= end)
    if (records.length === 0) return withoutFiles.NoDataFound
    const validTill = new Date(now().getTime() + linkLifetime)
    const files = csvFiles(records, rowsPerFile).map((content, part) => ({
      blobLink: blobs.publish({ name: `armreports/${id}/part-${part}.csv`, content, validTill }),
      byteCount: Buffer.byteLength(content),
    }))
    return {
      status: 'Completed',
      manifest: {
        manifestVersion: apiVersion,
        dataFormat: 'Csv',
        blobCount: files.length,
        byteCount: files.reduce((sum, { byteCount }) => sum + byteCount, 0),
        compressData: false,
        requestContext: { requestScope: scope.id.slice(1), requestBody: request },
        blobs: files,
      },
      validTill: validTill.toISOString(),
    }
  }
}

/** Milliseconds. */
const linkLifetime = 12 * 60 * 60 * 1000
/** Small enough that a month makes more than one blob. */
const rowsPerFile = 2000

const withoutFiles: Record<'NoDataFound' | 'Failed', ReportResult> = {
  NoDataFound: { status: 'NoDataFound' },
  Failed: {
    status: 'Failed',
    error: { code: 'InternalServerError', message: 'The report could not be generated.' },
  },
}
