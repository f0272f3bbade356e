/** Cost Management's answer to a query: a table whose columns come in no promised order. */
import * as z from '../../shared/zod.ts'

export const queryPage = z.object({
  properties: z.object({
    nextLink: z.string().nullish(),
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
  }),
})

export type Row = {
  name: string
  cost: number
  currency: string
  /** `YYYY-MM-DD`, in daily results. */
  date: string | undefined
}

const dateColumn = 'UsageDate'
const currencyColumn = 'Currency'
/** A tag makes two columns, its name the same in every row. */
const tagNameColumn = 'TagKey'

export function costRows({ properties }: z.output<typeof queryPage>): Row[] {
  const { columns, rows } = properties
  const find = (wanted: (column: { name: string; type: string }) => boolean) =>
    columns.findIndex(wanted)
  const date = find(({ name }) => name === dateColumn)
  const currency = find(({ name }) => name === currencyColumn)
  const cost = find(({ name, type }) => type === 'Number' && name !== dateColumn)
  const group = find(
    ({ name, type }) => type === 'String' && name !== currencyColumn && name !== tagNameColumn,
  )
  return rows.map((row) => ({
    name: String(row[group] ?? ''),
    cost: Number(row[cost] ?? 0),
    currency: String(row[currency] ?? ''),
    date: date < 0 ? undefined : day(String(row[date])),
  }))
}

/** 20261121 → 2026-11-21 */
const day = (digits: string) => digits.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
