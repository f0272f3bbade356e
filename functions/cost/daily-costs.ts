/**
 * Costs by day, asked month by month and checked: Cost Management may cut a query by day to its last 31 days, and a
 * grouped one to its last day, without a word (microsoft/azure-skills, cost-query/guardrails.md). A month that does not
 * begin on the first day asked is therefore compared with its undivided sum; days without costs have no rows, so
 * absence alone proves nothing.
 */
import { added, isSame, type Totals, totalsOf } from './amounts.ts'
import type { CostManagement } from './cost-management.ts'
import { fourAtATime } from './four-at-a-time.ts'
import { type Days, dayBefore, months } from './period.ts'
import { type Question, queryCosts, unexpected } from './query.ts'
import type { Row } from './query-result.ts'

export type Costs = {
  rows: Row[]
  /** Of the days that rows leave out too. */
  totals: Totals
  /** Days that have costs and no rows. */
  missing: Days[]
}

export async function dailyCosts(costs: CostManagement, question: Question): Promise<Costs> {
  const parts = await fourAtATime(months(question.days), (days) =>
    costsOfMonth(costs, { ...question, days }),
  )
  return {
    rows: parts.flatMap(({ rows }) => rows),
    totals: added(parts.map(({ totals }) => totals)),
    missing: parts.flatMap(({ missing }) => missing),
  }
}

async function costsOfMonth(costs: CostManagement, question: Question): Promise<Costs> {
  const { from, to } = question.days
  const rows = await queryCosts(costs, question, { daily: true })
  const [first] = rows.flatMap(({ date }) => date ?? []).sort()
  const answered = totalsOf(rows)
  if (first === from) return { rows, totals: answered, missing: [] }
  const totals = totalsOf(await queryCosts(costs, question, { daily: false }))
  if (isSame(totals, answered)) return { rows, totals, missing: [] }
  if ([...answered].some(([currency, cost]) => cost !== 0 && !totals.has(currency))) {
    throw unexpected('costs by day in a currency that the undivided ones lack')
  }
  return { rows, totals, missing: [{ from, to: first ? dayBefore(first) : to }] }
}
