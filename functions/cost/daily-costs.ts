/**
 * Costs by day, asked month by month and checked. Cost Management may silently cut a query by day to its last 31 days,
 * and a grouped one to its last day (microsoft/azure-skills, cost-query/guardrails.md). Days without costs have no rows,
 * so absence alone proves nothing: a month whose rows do not begin on its first day is compared with its undivided sum.
 */
import { Readable } from 'node:stream'
import { isSame, type Totals, totalsOf } from './amounts.ts'
import type { CostManagement } from './cost-management.ts'
import { type Days, dayBefore, months } from './period.ts'
import { type CostQuestion, queryCosts, type Row, unexpected } from './query.ts'

export type Costs = {
  rows: Row[]
  /** Includes the days that have no rows. */
  totals: Totals
  /** Days that have costs but no rows. */
  missing: Days[]
}

/** Months asked at once. Cost Management's quotas are shared by the tenant. */
const concurrency = 4

export async function dailyCosts(costs: CostManagement, question: CostQuestion): Promise<Costs> {
  const ofMonth = (days: Days) => costsOfMonth(costs, { ...question, days })
  const parts: Costs[] = await Readable.from(months(question.days))
    .map(ofMonth, { concurrency })
    .toArray()
  return {
    rows: parts.flatMap(({ rows }) => rows),
    totals: totalsOf(parts.flatMap(({ totals }) => [...totals.values()])),
    missing: parts.flatMap(({ missing }) => missing),
  }
}

async function costsOfMonth(costs: CostManagement, question: CostQuestion): Promise<Costs> {
  const { from, to } = question.days
  const rows = await queryCosts(costs, question, { daily: true })
  const [first] = rows.map(({ date }) => date).sort()
  const answered = totalsOf(rows)
  if (first === from) return { rows, totals: answered, missing: [] }
  const totals = totalsOf(await queryCosts(costs, question, { daily: false }))
  if (isSame(totals, answered)) return { rows, totals, missing: [] }
  if ([...answered].some(([currency, { cost }]) => cost !== 0 && !totals.has(currency))) {
    throw unexpected('costs by day in a currency that the undivided ones lack')
  }
  return { rows, totals, missing: [{ from, to: first ? dayBefore(first) : to }] }
}
