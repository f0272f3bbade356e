/** The part of OData that Graph's lists use: `$filter`, `$select`, `$orderby`, `$count`, `$top` and `@odata.nextLink`. */
import { badRequest, Refusal } from './errors.ts'
import type { Paged } from './paging.ts'

export type Entity = Record<string, unknown>

/** Applies `$select`. @throws Refusal 400 for a property that `type` lacks */
export function selected(entity: Entity, query: URLSearchParams, type: string): Entity {
  const select = query.get('$select')
  if (select === null) return entity
  const names = select.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !Object.hasOwn(entity, name))
  if (unknown !== undefined) {
    throw badRequest(
      `Parsing OData Select and Expand failed: Could not find a property named '${unknown}' on type 'microsoft.graph.${type}'.`,
    )
  }
  return Object.fromEntries(Object.entries(entity).filter(([name]) => names.includes(name)))
}

/** `listed` with the page size of the settings. */
export const lister =
  ({ paged, settings }: { paged: Paged; settings: () => { pageSize: number } }) =>
  ({ url, query }: { url: string; query: URLSearchParams }, entities: Entity[], type: string) =>
    listed({ entities, type, url, query, paged, pageSize: settings().pageSize })

/** A list's answer: filtered, sorted, paged, with the selected properties. @throws Refusal 400 for an invalid query */
export function listed(options: {
  entities: Entity[]
  type: string
  /** The list's own URL, without query. */
  url: string
  query: URLSearchParams
  paged: Paged
  /** The default page size, and the limit of `$top`. */
  pageSize: number
  /** `ConsistencyLevel: eventual`, without which `$count` is ignored. */
  eventual?: boolean
}): Response {
  const { entities, type, url, query, paged, eventual = false } = options
  const pageSize = Math.min(topOf(query) ?? options.pageSize, options.pageSize)
  const found = ordered(entities.filter(filter(query.get('$filter'), type)), query, type)
  const skiptokenAsked = query.get('$skiptoken')
  const list = new URLSearchParams(query)
  list.delete('$skiptoken')
  const { items, skiptoken } = paged({
    items: found,
    pageSize,
    list: `${url}?${list}`,
    skiptoken: skiptokenAsked,
  })
  if (skiptoken !== undefined) list.set('$skiptoken', skiptoken)
  const isCounted = eventual && query.get('$count') === 'true' && skiptokenAsked === null
  return Response.json({
    ...(isCounted ? { '@odata.count': found.length } : {}),
    ...(skiptoken === undefined ? {} : { '@odata.nextLink': `${url}?${list}` }),
    value: items.map((entity) => selected(entity, query, type)),
  })
}

/** "Paging Microsoft Graph data in your app": a page of directory objects holds 999 at most. */
function topOf(query: URLSearchParams): number | undefined {
  const top = query.get('$top')
  if (top === null) return undefined
  if (/^\d+$/.test(top) && Number(top) >= 1 && Number(top) <= 999) return Number(top)
  throw new Refusal({
    status: 400,
    code: 'Request_BadRequest',
    message: `Invalid page size specified: '${top}'. Must be between 1 and 999 inclusive.`,
  })
}

/** One property, ascending. */
function ordered(entities: Entity[], query: URLSearchParams, type: string): Entity[] {
  const by = query.get('$orderby')
  if (by === null) return entities
  const [first] = entities
  if (first && !Object.hasOwn(first, by)) throw unknownProperty(by, type)
  return entities.toSorted((a, b) => String(a[by]).localeCompare(String(b[by])))
}

const unknownProperty = (name: string, type: string) =>
  badRequest(`Could not find a property named '${name}' on type 'microsoft.graph.${type}'.`)

/** `<property> eq '<value>'`, joined by `and` or by `or`; `and` binds tighter. */
function filter(text: string | null, type: string): (entity: Entity) => boolean {
  if (text === null) return () => true
  const alternatives = text
    .split(/ or /i)
    .map((conditions) => conditions.split(/ and /i).map(parseCondition))
  return (entity) =>
    alternatives.some((conditions) =>
      conditions.every(({ property, value }) => {
        if (!Object.hasOwn(entity, property)) throw unknownProperty(property, type)
        return entity[property] === value
      }),
    )
}

function parseCondition(text: string) {
  const [, property, value] = /^(\w+) eq '([^']*)'$/i.exec(text.trim()) ?? []
  if (property === undefined || value === undefined) throw badRequest('Invalid filter clause.')
  return { property, value }
}
