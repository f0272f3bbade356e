/**
 * A running report, as text that the caller gives back in a later call: its path at Azure Resource Manager, signed for
 * the tool and the user. Azure checks the user's rights on each call as well.
 */
import type { ToolContext } from '../../shared/mcp/tool.ts'
import { guid } from './cost-scope.ts'

type Binding = ToolContext<never, never>['binding']

/** Includes the query that Azure gave (RFC 3986 §3.4): it may hold more than a version. */
const operationPath = new RegExp(
  `^/subscriptions/${guid}/providers/Microsoft\\.CostManagement/(costDetailsOperationResults|operationResults)/[-\\w]{1,100}(\\?[-\\w.~!$&'()*+,;=:@/?%]{1,4000})?$`,
  'i',
)

/** Undefined for a path that is not an operation of Cost Management. */
export const operationOf = (path: string, { sign }: Binding): string | undefined =>
  operationPath.test(path) ? `${sign(path)}:${path}` : undefined

/** The path to poll; undefined for text that this tool did not give to this user. */
export function pathOf(operation: string, { verify }: Binding): string | undefined {
  const end = operation.indexOf(':')
  const path = operation.slice(end + 1)
  return verify(path, operation.slice(0, Math.max(end, 0))) ? path : undefined
}
