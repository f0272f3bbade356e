/**
 * A report under way, as text that a caller gives back: where it is looked at, signed for tool and user, so that it
 * leads nowhere else. What keeps data safe is that ARM checks the rights of the user who asks.
 */
import type { ToolContext } from '../../shared/mcp/tool.ts'
import { guid } from './cost-scope.ts'

type Binding = ToolContext<never, never>['binding']

/** With the query that ARM gave (RFC 3986 §3.4): it may hold more than a version. */
const operationPath = new RegExp(
  `^/subscriptions/${guid}/providers/Microsoft\\.CostManagement/(costDetailsOperationResults|operationResults)/[-\\w]{1,100}(\\?[-\\w.~!$&'()*+,;=:@/?%]{1,4000})?$`,
  'i',
)

/** None for a place that is not an operation of Cost Management. */
export const operationOf = (path: string, { sign }: Binding): string | undefined =>
  operationPath.test(path) ? `${sign(path)}:${path}` : undefined

/** The path to look at. None when it is not one of ours, not of this user, or has been changed. */
export function pathOf(operation: string, { verify }: Binding): string | undefined {
  const end = operation.indexOf(':')
  const path = operation.slice(end + 1)
  return verify(path, operation.slice(0, Math.max(end, 0))) ? path : undefined
}
