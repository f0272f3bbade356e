/**
 * Cost Management's answer to a query: a table whose columns come in no promised order. What is not understood is an
 * answer that cannot be used, never a row less or a cost of nothing.
 */
import * as z from '../../shared/zod.ts'

export type Row = {
  /** Of the group; empty without one. */
  name: string
  cost: number
  /** Empty where the answer has none. */
  currency: string
  /** `YYYY-MM-DD`, in daily results. */
  date: string | undefined
}

type Cell = string | number | null

const dateColumn = 'UsageDate'
const currencyColumn = 'Currency'
/** A tag makes two columns, its name the same in every row. */
const tagNameColumn = 'TagKey'

/** Rows of a page. `undefined`: 204, there are no costs. */
const pageOf = (wanted: { group: boolean; date: boolean }) =>
  z
    .object({
      properties: z.object({
        columns: z.array(z.object({ name: z.string(), type: z.string() })),
        rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
      }),
    })
    .optional()
    .transform((page, context): Row[] => {
      if (!page || page.properties.rows.length === 0) return []
      const { columns, rows } = page.properties
      const problem = (message: string) => {
        context.addIssue({ code: 'custom', message })
        return z.NEVER
      }
      const find = (isIt: (column: { name: string; type: string }) => boolean) =>
        columns.flatMap((column, index) => (isIt(column) ? [index] : []))
      const [date] = find(({ name }) => name === dateColumn)
      const [currency] = find(({ name }) => name === currencyColumn)
      const [cost, ...more] = find(({ name, type }) => type === 'Number' && name !== dateColumn)
      const [group] = find(
        ({ name, type }) => type === 'String' && name !== currencyColumn && name !== tagNameColumn,
      )
      if (cost === undefined || more.length > 0) return problem('not one column of costs')
      if (currency === undefined) return problem('no column of currencies')
      if (wanted.group && group === undefined) return problem('no column of groups')
      if (wanted.date && date === undefined) return problem('no column of dates')

      const parsed = rows.map((cells): Row => {
        const cell = (index: number | undefined): Cell =>
          (index === undefined ? undefined : cells[index]) ?? null
        const amount = cell(cost) ?? 0
        const day = wanted.date ? dayOf(cell(date)) : undefined
        if (cells.length !== columns.length) return problem('a row as long as no other')
        if (typeof amount !== 'number') return problem('a cost that is no number')
        if (wanted.date && day === undefined) return problem('a date that is none')
        return {
          name: wanted.group ? String(cell(group) ?? '') : '',
          cost: amount,
          currency: String(cell(currency) ?? '').trim(),
          date: day,
        }
      })
      // A cost of nothing, in no currency: seen beside others (project-koku/koku#3749).
      return parsed.filter(({ cost, currency }) => cost !== 0 || currency !== '')
    })

export const undividedPage = pageOf({ group: false, date: false })
export const groupedPage = pageOf({ group: true, date: false })
export const dailyPage = pageOf({ group: true, date: true })

/** 20261121 → 2026-11-21 */
const dayOf = (digits: Cell): string | undefined =>
  /^\d{8}$/.test(String(digits))
    ? String(digits).replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
    : undefined
