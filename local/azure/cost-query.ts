/**
 * Cost Management's query as a pure function: takes a parsed request and cost records, returns columns and rows.
 * Permissions and paging are in query-operation.ts.
 */
import { daysAnswered, type Guardrails } from './cost-guardrails.ts'
import { type CostRecord, resourceIdOf } from './data.ts'
import { badRequest } from './errors.ts'
import type { CostQuery, Dimension, Filter, Grouping } from './query-request.ts'

/** @throws Refusal 400 for an unsupported time frame, or sorting by an unknown column */
export function runQuery(options: {
  query: CostQuery
  records: CostRecord[]
  /** `YYYY-MM-DD`. */
  today: string
  guardrails?: Guardrails
}): { columns: { name: string; type: ColumnType }[]; rows: Cell[][] } {
  const { query, records, today, guardrails = [] } = options
  const { granularity, aggregation, grouping, sorting } = query.dataset
  const { from, to } = daysAnswered({ query, today, guardrails })
  const measures = Object.values(aggregation)
  const matches = filterOf(query.dataset.filter)
  const keys = [...granularities[granularity], ...grouping.flatMap(columnsOf), currency]
  const groups = new Map<string, { cost: number; cells: Cell[] }>()
  for (const record of records) {
    if (record.day < from || record.day > to || !matches(record)) continue
    const cells = keys.map(({ cell }) => cell(record))
    const id = JSON.stringify(cells)
    const group = groups.get(id) ?? { cost: 0, cells }
    group.cost += record.cost
    groups.set(id, group)
  }
  const columns = [
    ...measures.map(({ name }) => ({ name, type: 'Number' as const })),
    ...keys.map(({ name, type }) => ({ name, type })),
  ]
  const rows = [...groups.values()].map(({ cost, cells }) => [
    ...measures.map(() => cost),
    ...cells,
  ])
  return { columns, rows: sorted(rows, columns, sorting) }
}

export type Cell = string | number | null
type ColumnType = 'Number' | 'String' | 'Datetime'
type Column = { name: string; type: ColumnType; cell: (record: CostRecord) => Cell }

const granularities: Record<CostQuery['dataset']['granularity'], Column[]> = {
  None: [],
  Daily: [
    { name: 'UsageDate', type: 'Number', cell: ({ day }) => Number(day.replaceAll('-', '')) },
  ],
  Monthly: [
    { name: 'BillingMonth', type: 'Datetime', cell: ({ day }) => `${day.slice(0, 7)}-01T00:00:00` },
  ],
}

/** Always a column, so that amounts in different currencies are never added. */
const currency: Column = {
  name: 'Currency',
  type: 'String',
  cell: (record) => record.currency,
}

const dimensions: Record<Dimension, Column['cell']> = {
  ServiceName: ({ service }) => service,
  ResourceGroup: ({ resourceGroup }) => resourceGroup,
  ResourceGroupName: ({ resourceGroup }) => resourceGroup,
  ResourceId: resourceIdOf,
  ResourceLocation: ({ location }) => location,
  SubscriptionId: ({ subscription }) => subscription.id,
  SubscriptionName: ({ subscription }) => subscription.name,
}

/** Ignores case in values, including tag values. */
export function filterOf(filter: Filter | undefined): (record: CostRecord) => boolean {
  if (!filter) return () => true
  if (filter.and) {
    const parts = filter.and.map((part) => filterOf(part))
    return (record) => parts.every((matches) => matches(record))
  }
  const { dimensions: byDimension, tags: byTag } = filter
  const isOneOf = (values: string[], cell: Cell) =>
    values.some((value) => value.toLowerCase() === String(cell ?? '').toLowerCase())
  return (record) =>
    (!byDimension || isOneOf(byDimension.values, dimensions[byDimension.name](record))) &&
    (!byTag || isOneOf(byTag.values, tagValue(record.tags, byTag.name)))
}

/** A tag makes two columns; its value is null on costs without the tag (Azure/azure-sdk-for-java#24285). */
function columnsOf(grouping: Grouping): Column[] {
  const { name } = grouping
  if (grouping.type === 'Dimension') {
    return [{ name, type: 'String', cell: dimensions[grouping.name] }]
  }
  return [
    { name: 'TagKey', type: 'String', cell: () => name },
    { name: 'TagValue', type: 'String', cell: ({ tags }) => tagValue(tags, name) },
  ]
}

/** Azure ignores case in tag names. */
function tagValue(tags: CostRecord['tags'], name: string): string | null {
  const key = Object.keys(tags).find((key) => key.toLowerCase() === name.toLowerCase())
  return (key === undefined ? undefined : tags[key]) ?? null
}

function sorted(
  rows: Cell[][],
  columns: { name: string }[],
  sorting: CostQuery['dataset']['sorting'],
) {
  const orders = sorting.map(({ name, direction }) => {
    const index = columns.findIndex((column) => column.name === name)
    if (index < 0) throw badRequest(`Invalid query definition: Invalid dataset sorting: '${name}'`)
    return { index, sign: direction === 'descending' ? -1 : 1 }
  })
  return rows.toSorted((a, b) => {
    for (const { index, sign } of orders) {
      const order = compare(a[index] ?? '', b[index] ?? '')
      if (order !== 0) return sign * order
    }
    return 0
  })
}

const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0)
