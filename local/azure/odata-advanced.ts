/**
 * Refusals of advanced queries (Microsoft Graph, "Advanced query capabilities on Microsoft Entra ID objects"): what a
 * list needs `ConsistencyLevel: eventual` for is refused without it.
 */
import { Refusal } from './errors.ts'

export const unsupportedQuery = (message: string) =>
  new Refusal({ status: 400, code: 'Request_UnsupportedQuery', message })
