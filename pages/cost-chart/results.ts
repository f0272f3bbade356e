/** Results of the cost tools, told apart by their shape, because a host need not say which tool it called. */
import * as z from 'zod'

const partial = z.string().optional()
const asOf = z.string()
const span = z.object({ from: z.string(), to: z.string() })
const nextPage = z.string().optional()
const omitted = z.object({ rows: z.number() })

const costs = span.extend({
  kind: z.literal('costs').default('costs'),
  ...{ nextPage, partial, asOf, omitted },
  currency: z.string().default(''),
  total: z.number().optional(),
  /** Of several currencies. */
  totals: z.array(z.object({ currency: z.string(), total: z.number() })).optional(),
  rows: z.array(
    z.object({
      name: z.string(),
      thenName: z.string().optional(),
      cost: z.number(),
      currency: z.string().optional(),
      date: z.string().optional(),
    }),
  ),
  missing: z.array(span).default([]),
})
export type Costs = z.output<typeof costs>

const comparison = span.extend({
  kind: z.literal('comparison').default('comparison'),
  ...{ nextPage, partial, asOf, omitted },
  previous: span,
  totals: z.array(
    z.object({
      currency: z.string(),
      cost: z.number(),
      previousCost: z.number(),
      change: z.number(),
    }),
  ),
  rows: z.array(
    z.object({
      name: z.string(),
      status: z.enum(['more', 'less', 'same', 'new', 'gone']),
      cost: z.number(),
      previousCost: z.number(),
      change: z.number(),
      currency: z.string(),
    }),
  ),
})
export type Comparison = z.output<typeof comparison>

const forecast = span.extend({
  kind: z.literal('forecast').default('forecast'),
  ...{ partial, asOf },
  totals: z.array(
    z.object({
      currency: z.string(),
      actual: z.number(),
      forecast: z.number(),
      total: z.number(),
    }),
  ),
  rows: z.array(
    z.object({
      date: z.string(),
      cost: z.number(),
      status: z.enum(['actual', 'forecast']),
      currency: z.string(),
    }),
  ),
})
export type Forecast = z.output<typeof forecast>

const budgets = z.object({
  kind: z.literal('budgets').default('budgets'),
  asOf,
  budgets: z.array(
    z.object({
      name: z.string(),
      amount: z.number(),
      spent: z.number().optional(),
      percent: z.number().optional(),
      forecast: z.number().optional(),
      currency: z.string().default(''),
      period: z.string(),
      isPartial: z.boolean(),
    }),
  ),
})
export type Budgets = z.output<typeof budgets>

export type Answer = Costs | Comparison | Forecast | Budgets

/** The most specific first: a comparison has all fields of costs. */
const shapes = [comparison, budgets, costs, forecast]

const toolResult = z.object({
  isError: z.boolean().default(false),
  structuredContent: z.unknown().optional(),
  content: z.array(z.looseObject({ text: z.string().optional() })).default([]),
})

/** The answer, or a sentence that says why the result cannot be shown. */
export function readResult(result: unknown): Answer | string {
  const { success, data } = toolResult.safeParse(result)
  if (!success) return 'The client passed something that is not the result of a tool.'
  const texts = data.content.flatMap(({ text }) => text ?? [])
  if (data.isError) return texts.join('\n') || 'The tool failed without a reason.'
  // Some hosts pass only the text, which has the same data.
  const content = data.structuredContent ?? parsed(texts[0])
  for (const shape of shapes) {
    const read = shape.safeParse(content)
    if (read.success) return read.data
  }
  return 'This chart cannot show this kind of result.'
}

type Paged = {
  rows: readonly unknown[]
  omitted: { rows: number }
  nextPage?: string | undefined
}

/** An answer with the rows of its next page. */
export function withPage(first: Answer, next: Answer): Answer {
  if (first.kind === 'costs' && next.kind === 'costs') return joined(first, next)
  if (first.kind === 'comparison' && next.kind === 'comparison') return joined(first, next)
  return first
}

const joined = <Page extends Paged>(first: Page, next: Page): Page => ({
  ...first,
  rows: [...first.rows, ...next.rows],
  omitted: { rows: first.omitted.rows - next.rows.length },
  nextPage: next.nextPage,
})

function parsed(text = ''): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
