/**
 * Finds the function for a request like the Functions host: ordered by name, the first match of path and method wins.
 * host.ts checks its key and runs it.
 */
import type { Registration } from './core-module.ts'
import { compileTemplate, type Matcher, type RouteParams } from './route-template.ts'
import type { Binding, Log } from './rpc.ts'

export type HttpFunction = Registration & {
  name: string
  /** Name of the trigger binding. */
  trigger: string
  authLevel: NonNullable<Binding['authLevel']>
}

export type Route = HttpFunction & { template: string; methods: string[]; match: Matcher }
export type Routed = { route: Route; params: RouteParams }
export type Router = (request: { method: string; pathname: string }) => Routed | undefined

/**
 * The routes in matching order. Logs functions that the host would skip.
 * @throws an Error for a route that stops the host
 */
export function routesOf(
  functions: Registration[],
  { routePrefix, log }: { routePrefix: string; log: Log },
): Route[] {
  const routes: Route[] = []
  const byName = functions.toSorted((a, b) => compare(a.metadata.name, b.metadata.name))
  for (const registration of byName) {
    const { name, bindings } = registration.metadata
    const [trigger, binding] =
      Object.entries(bindings).find(([, { type }]) => isTrigger(type)) ?? []
    if (trigger === undefined || binding?.type !== 'httpTrigger') {
      log('debug', `${name}: a ${binding?.type ?? 'function without trigger'} does not run here.`)
      continue
    }
    const template = binding.route ?? name
    const methods = (binding.methods ?? []).map((method) => method.toUpperCase())
    const refusal = refusalOf({ name, template, methods }, routes)
    if (refusal) {
      log('error', `${name} is skipped: ${refusal}`)
      continue
    }
    const match = compile(name, routePrefix ? `${routePrefix}/${template}` : template)
    const authLevel = binding.authLevel ?? 'anonymous'
    routes.push({ ...registration, name, trigger, authLevel, template, methods, match })
  }
  return routes
}

/** Matches by method and decoded path segments. */
export function router(routes: Route[]): Router {
  return ({ method, pathname }) => {
    const segments = segmentsOf(pathname)
    for (const route of routes) {
      const params = route.methods.includes(method) ? route.match(segments) : undefined
      if (params) return { route, params }
    }
    return undefined
  }
}

function compare(a: string, b: string): number {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()]
  return left < right ? -1 : Number(left > right)
}

const isTrigger = (type: string) => type.toLowerCase().endsWith('trigger')

function refusalOf(
  { name, template, methods }: Pick<Route, 'name' | 'template' | 'methods'>,
  earlier: Route[],
): string | undefined {
  if (!/^[a-z][\w-]{0,127}$/i.test(name)) return 'the host does not accept this function name.'
  const route = template.replace(/^\/+|\/+$/g, '').toLowerCase()
  if (/^(admin|runtime)/.test(route)) return `the host reserves routes like "${template}".`
  const other = earlier.find(
    (known) =>
      known.template.toLowerCase() === template.toLowerCase() &&
      known.methods.some((method) => methods.includes(method)),
  )
  return other && `its route "${template}" conflicts with the route of ${other.name}.`
}

function compile(name: string, template: string): Matcher {
  try {
    return compileTemplate(template)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`The route "${template}" of ${name} stops the host: ${reason}.`, { cause })
  }
}

/** Decoded once, except `%2F`; one trailing slash is ignored. */
function segmentsOf(pathname: string): string[] {
  const path = pathname.replace(/^\//, '').replace(/\/$/, '')
  if (path === '') return []
  return path.split('/').map((segment) => segment.split(/(%2f)/i).map(decodeOnce).join(''))
}

function decodeOnce(text: string): string {
  if (text.toLowerCase() === '%2f') return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
