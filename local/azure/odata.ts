/** The little of OData that lists in Graph need: `$filter`, `$select` and pages with `@odata.nextLink`. */
import { badRequest } from './errors.ts'
import type { Paged } from './paging.ts'

type Entity = Record<string, unknown>

/** `$select`; all of it without one. @throws Refusal 400 for a property that `type` does not have. */
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

/** A list's answer: filtered, cut into pages, and of each entity what was asked for. */
export function listed(options: {
  entities: Entity[]
  type: string
  /** The list's own URL, without query. */
  url: string
  query: URLSearchParams
  paged: Paged
  pageSize: number
}): Response {
  const { entities, type, url, query, paged, pageSize } = options
  const matches = filter(query.get('$filter'), type)
  const list = new URLSearchParams(query)
  list.delete('$skiptoken')
  const { items, skiptoken } = paged({
    items: entities.filter(matches),
    pageSize,
    list: `${url}?${list}`,
    skiptoken: query.get('$skiptoken'),
  })
  if (skiptoken !== undefined) list.set('$skiptoken', skiptoken)
  return Response.json({
    ...(skiptoken === undefined ? {} : { '@odata.nextLink': `${url}?${list}` }),
    value: items.map((entity) => selected(entity, query, type)),
  })
}

/** `<property> eq '<value>'`, joined by `and` or by `or`; `and` binds tighter. */
function filter(text: string | null, type: string): (entity: Entity) => boolean {
  if (text === null) return () => true
  const alternatives = text
    .split(/ or /i)
    .map((conditions) => conditions.split(/ and /i).map(parseCondition))
  return (entity) =>
    alternatives.some((conditions) =>
      conditions.every(({ property, value }) => {
        if (!Object.hasOwn(entity, property)) {
          throw badRequest(
            `Could not find a property named '${property}' on type 'microsoft.graph.${type}'.`,
          )
        }
        return entity[property] === value
      }),
    )
}

function parseCondition(text: string) {
  const [, property, value] = /^(\w+) eq '([^']*)'$/i.exec(text.trim()) ?? []
  if (property === undefined || value === undefined) throw badRequest('Invalid filter clause.')
  return { property, value }
}
