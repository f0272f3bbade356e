/** Splits a list into pages. A `$skiptoken` is valid only for the list it was made for. The callers make the links. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { badRequest } from './errors.ts'

export type Paged = <Item>(options: {
  items: Item[]
  pageSize: number
  /** Identifies the list, by everything that determines its items. */
  list: string
  skiptoken: string | null
}) => { items: Item[]; skiptoken?: string }

/** @returns a function that throws Refusal 400 for a `$skiptoken` of another list */
export function createPaging(): Paged {
  const key = randomBytes(32)
  const sign = (list: string, offset: number) =>
    `${offset}.${createHmac('sha256', key).update(`${offset} ${list}`).digest('base64url')}`
  const offsetOf = (list: string, skiptoken: string) => {
    const offset = Number.parseInt(skiptoken, 10)
    const expected = Buffer.from(sign(list, offset))
    const given = Buffer.from(skiptoken)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw badRequest('The $skiptoken does not belong to this request.')
    }
    return offset
  }
  return ({ items, pageSize, list, skiptoken }) => {
    const start = skiptoken === null ? 0 : offsetOf(list, skiptoken)
    const end = start + pageSize
    const page = items.slice(start, end)
    return end < items.length ? { items: page, skiptoken: sign(list, end) } : { items: page }
  }
}
