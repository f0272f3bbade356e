/**
 * Cost Management's answer to a query: a table whose columns come in no promised order. What is not understood makes
 * the answer unusable, never a row less or a cost of nothing.
 */
import * as z from '../../shared/zod.ts'

export type Row = {
  /** Of the group; empty for what has no such tag or place. */
  name: string
  cost: number
  /** Empty where the answer has none. */
  currency: string
  /** `YYYY-MM-DD`, in daily results. */
  date: string | undefined
}

const table = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
})
type Table = z.output<typeof table>

/** Rows of a page. 204, which is `undefined` here, says that there are no costs. */
const pageOf = (options: { daily: boolean }) =>
  z
    .object({ properties: table })
    .optional()
    .transform((page, context): Row[] => {
      const rows = page ? rowsOf(page.properties, options) : []
      if (typeof rows !== 'string') return rows
      context.addIssue({ code: 'custom', message: rows })
      return z.NEVER
    })

export const undividedPage = pageOf({ daily: false })
export const dailyPage = pageOf({ daily: true })

const dateColumn = 'UsageDate'
const currencyColumn = 'Currency'
/** A tag makes two columns, its name the same in every row. */
const tagNameColumn = 'TagKey'

/** Or what keeps the table from being read. */
function rowsOf({ columns, rows }: Table, { daily }: { daily: boolean }): Row[] | string {
  const indexes = (isIt: (column: Table['columns'][number]) => boolean) =>
    columns.flatMap((column, index) => (isIt(column) ? [index] : []))
  const [costAt, ...others] = indexes(({ name, type }) => type === 'Number' && name !== dateColumn)
  const [currencyAt = -1] = indexes(({ name }) => name === currencyColumn)
  const [dateAt = -1] = indexes(({ name }) => name === dateColumn)
  const [groupAt = -1] = indexes(
    ({ name, type }) => type === 'String' && name !== currencyColumn && name !== tagNameColumn,
  )
  const read: Row[] = []
  for (const cells of rows) {
    if (costAt === undefined || others.length > 0) return 'not one column of costs'
    if (currencyAt < 0) return 'no column of currencies'
    if (groupAt < 0) return 'no column of groups'
    if (cells.length !== columns.length) return 'a row that is not as long as the columns'
    const cost = cells[costAt] ?? 0
    if (typeof cost !== 'number') return 'a cost that is not a number'
    const date = daily ? dayOf(String(cells[dateAt])) : undefined
    if (daily && !date) return 'a row without a date'
    const currency = String(cells[currencyAt] ?? '').trim()
    // A cost of nothing in no currency, seen beside others (project-koku/koku#3749), is none.
    if (cost === 0 && currency === '') continue
    read.push({ name: String(cells[groupAt] ?? ''), cost, currency, date })
  }
  return read
}

/** 20261121 → 2026-11-21 */
const dayOf = (digits: string) =>
  /^\d{8}$/.test(digits) ? digits.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3') : undefined
