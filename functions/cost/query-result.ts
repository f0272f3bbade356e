/**
 * Cost Management's answer to a query: a table whose columns come in no promised order. What is not understood makes
 * the answer unusable, never a row less or a cost of nothing.
 */
import * as z from '../../shared/zod.ts'

const row = z.object({
  /** Of the group; empty for what has no such tag or place. */
  name: z.string(),
  /** Of the second group, where there are two. */
  thenName: z.string().optional(),
  cost: z.number(),
  /** Empty where the answer has none. */
  currency: z.string(),
  /** `YYYY-MM-DD`, in daily results. */
  date: z.string().optional(),
})
export type Row = z.output<typeof row>

/** Rows once read, as they are kept. */
export const storedRows = z.array(row)

const table = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
})
type Table = z.output<typeof table>

type Expected = {
  daily: boolean
  /** Of the groups, one or two. */
  columns: readonly string[]
}

/** Rows of a page. 204, which is `undefined` here, says that there are no costs. */
export const pageOf = (expected: Expected) =>
  z
    .object({ properties: table })
    .optional()
    .transform((page, context): Row[] => {
      const rows = page ? rowsOf(page.properties, expected) : []
      if (typeof rows !== 'string') return rows
      context.addIssue({ code: 'custom', message: rows })
      return z.NEVER
    })

const dateColumn = 'UsageDate'
const currencyColumn = 'Currency'
/** A tag makes two columns, its name the same in every row. */
const tagNameColumn = 'TagKey'

/** Or what keeps the table from being read. */
function rowsOf({ columns, rows }: Table, expected: Expected): Row[] | string {
  const {
    daily,
    columns: [, second],
  } = expected
  const indexes = (isIt: (column: Table['columns'][number]) => boolean) =>
    columns.flatMap((column, index) => (isIt(column) ? [index] : []))
  const [costAt, ...others] = indexes(({ name, type }) => type === 'Number' && name !== dateColumn)
  const [currencyAt = -1] = indexes(({ name }) => name === currencyColumn)
  const [dateAt = -1] = indexes(({ name }) => name === dateColumn)
  const [secondAt = -1] = second ? indexes(({ name }) => isSameName(name, second)) : []
  const [groupAt = -1] = indexes(
    ({ name, type }) => type === 'String' && name !== currencyColumn && name !== tagNameColumn,
  ).filter((index) => index !== secondAt)
  const read: Row[] = []
  for (const cells of rows) {
    if (costAt === undefined || others.length > 0) return 'not one column of costs'
    if (currencyAt < 0) return 'no column of currencies'
    if (groupAt < 0 || (second && secondAt < 0)) return 'no column of groups'
    if (cells.length !== columns.length) return 'a row that is not as long as the columns'
    const cost = cells[costAt] ?? 0
    if (typeof cost !== 'number') return 'a cost that is not a number'
    const date = daily ? dayOf(String(cells[dateAt])) : undefined
    if (daily && !date) return 'a row without a date'
    const currency = String(cells[currencyAt] ?? '').trim()
    // A cost of nothing in no currency, seen beside others (project-koku/koku#3749), is none.
    if (cost === 0 && currency === '') continue
    read.push({
      name: String(cells[groupAt] ?? ''),
      ...(second && { thenName: String(cells[secondAt] ?? '') }),
      cost,
      currency,
      ...(date && { date }),
    })
  }
  return read
}

const isSameName = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()

/** 20261121 → 2026-11-21 */
export const dayOf = (digits: string) =>
  /^\d{8}$/.test(digits) ? digits.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3') : undefined
