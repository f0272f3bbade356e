/**
 * A report under way, as text that a caller gives back. It is bound to the user who began it, so that one pasted from
 * somebody else is refused; what keeps data safe is that ARM looks at the rights of whoever asks.
 */
import { hash } from 'node:crypto'
import { guid } from './cost-scope.ts'

export type User = { tid: string; oid: string }

const operationPath = new RegExp(
  `^/subscriptions/${guid}/providers/Microsoft\\.CostManagement/(costDetailsOperationResults|operationResults)/[-\\w]{1,100}\\?api-version=[-\\w]{10,20}$`,
  'i',
)

/** None for a place that is not an operation of Cost Management. */
export const operationOf = (path: string, user: User): string | undefined =>
  operationPath.test(path) ? `${binding(path, user)}:${path}` : undefined

/** The path to look at. None when it is not one of ours, not of this user, or has been changed. */
export function pathOf(operation: string, user: User): string | undefined {
  const path = operation.slice(operation.indexOf(':') + 1)
  return operationOf(path, user) === operation ? path : undefined
}

const binding = (path: string, { tid, oid }: User) =>
  hash('sha256', JSON.stringify([tid, oid, path]), 'base64url').slice(0, 22)
