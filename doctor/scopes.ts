/** The scopes that the endpoints' tools require, without duplicates. */
import type { EndpointDefinition } from '../shared/mcp/define-endpoint.ts'

export const scopesOf = (endpoints: readonly EndpointDefinition[]) => {
  const all = endpoints.flatMap(({ tools }) => tools.flatMap(({ access }) => access.scopes))
  return [...new Map(all.map((scope) => [scope.value, scope])).values()]
}
