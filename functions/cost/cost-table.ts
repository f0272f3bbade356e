/**
 * The table in which Cost Management answers, with columns in no promised order. If one row is not as documented, the
 * whole answer is unusable: no row is dropped, and no cost counts as nothing.
 */
import * as z from '../../shared/zod.ts'
import { amount } from './amounts.ts'

const table = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
})
type Column = z.output<typeof table>['columns'][number]
export type Columns = readonly Column[]
export type Cells = z.output<typeof table>['rows'][number]

/**
 * Reads one page of the answer: each row's cost, currency and date (`YYYY-MM-DD`; empty in an undivided result).
 * 204, which is `undefined` here, has no rows.
 * @param own reads the other fields of a row; undefined if it is not as documented
 */
export const costTable = <Own extends object>(options: {
  daily: boolean
  own: (columns: Columns) => (cells: Cells) => Own | undefined
}) =>
  z
    .object({ properties: table })
    .optional()
    .transform((page, context) => {
      const { columns, rows } = page?.properties ?? { columns: [], rows: [] }
      const [costAt = -1, ...otherCosts] = indexesOf(columns, isCost)
      const currencyAt = columns.findIndex(({ name }) => name === currencyColumn)
      const dateAt = columns.findIndex(({ name }) => name === dateColumn)
      const ownOf = options.own(columns)
      return rows.flatMap((cells) => {
        const { data: cost } = amount.safeParse(cells[costAt])
        const date = options.daily ? dayOf(String(cells[dateAt])) : ''
        const own = ownOf(cells)
        const isWhole = cells.length === columns.length && otherCosts.length === 0
        if (!isWhole || cost === undefined || currencyAt < 0 || date === undefined || !own) {
          return z.problem(context, 'a row that is not as documented')
        }
        const currency = String(cells[currencyAt] ?? '').trim()
        // Azure sends rows with a cost of 0 and no currency beside others (project-koku/koku#3749).
        return cost === 0 && currency === '' ? [] : { ...own, cost, currency, date }
      })
    })

const dateColumn = 'UsageDate'
const currencyColumn = 'Currency'
/** A grouping by tag adds this column, with the name of the tag in every row. */
const tagNameColumn = 'TagKey'

const isCost = ({ name, type }: Column) => type === 'Number' && name !== dateColumn

/** Columns that may hold a group. */
export const isGroup = ({ name, type }: Column) =>
  type === 'String' && name !== currencyColumn && name !== tagNameColumn

export const indexesOf = (columns: Columns, test: (column: Column) => boolean) =>
  columns.flatMap((column, index) => (test(column) ? index : []))

/** 20261121 → 2026-11-21 */
const dayOf = (digits: string) =>
  /^\d{8}$/.test(digits) ? digits.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3') : undefined
