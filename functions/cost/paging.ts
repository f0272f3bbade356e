/**
 * Rows in pages. Nothing is stored: the page token says where the next page begins and what the rows add up to, signed
 * for the user and the question. If the rows have changed since, the token is refused, because pages of two answers would
 * not add up.
 */
import type { ToolContext } from '../../shared/mcp/tool.ts'
import * as z from '../../shared/zod.ts'
import { refuse } from './refuse.ts'

type Binding = ToolContext<never, never>['binding']

export const pageArguments = {
  limit: z.int().min(1).max(1000).default(50).describe('Maximum number of rows on a page'),
  page: z
    .string()
    .max(500)
    .optional()
    .describe('nextPage of an earlier answer; keep all other arguments as they were'),
}

export const nextPage = z
  .string()
  .optional()
  .describe(
    'If there are more rows: pass it as page, with the same arguments, to get the next page',
  )

/**
 * Checks the page token; call it before anything is spent.
 * @param question all that decides which rows there are, and their order
 * @returns a function that cuts the page from all rows; `total` tells one answer from another
 * @throws Failure `arguments_refused`
 */
export function pages(options: { binding: Binding; page: string | undefined; question: unknown }) {
  const { binding, page, question } = options
  const signed = (start: number, rows: string) => JSON.stringify([question, start, rows])
  const opened = (token: string) => {
    const [, digits = '', of = '', signature = ''] = format.exec(token) ?? []
    const start = Number(digits)
    return binding.verify(signed(start, of), signature) ? { start, of } : refuse(notOurs)
  }
  const { start, of } = page === undefined ? firstPage : opened(page)

  return <Item>(items: readonly Item[], { limit, total }: { limit: number; total: number }) => {
    const rows = `${items.length}:${Math.round(total * 100)}`
    if (of !== undefined && rows !== of) {
      refuse('page: the costs have changed since the first page; call again without page')
    }
    const end = start + limit
    return {
      shown: items.slice(start, end),
      left: [...items.slice(0, start), ...items.slice(end)],
      nextPage:
        end < items.length ? `${end}.${rows}.${binding.sign(signed(end, rows))}` : undefined,
    }
  }
}

const firstPage = { start: 0, of: undefined }
const format = /^(\d{1,9})\.(\d+:-?\d+)\.([\w-]+)$/

const notOurs = 'page: valid only for the same user, arguments and day; call again without page'
