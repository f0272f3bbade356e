/** The part of Azure that a tool queries: an argument, parsed into a path of Azure Resource Manager. */
import { path } from '../../shared/path.ts'
import * as z from '../../shared/zod.ts'

/** The source of a pattern. */
export const guid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const name = '[-\\w.()\\p{L}\\p{N}]{0,89}[-\\w()\\p{L}\\p{N}]'

const subscription = new RegExp(`^(?:/subscriptions/)?(${guid})/?$`, 'iu')
const resourceGroup = new RegExp(`^/subscriptions/(${guid})/resourceGroups/(${name})/?$`, 'iu')
const managementGroup = new RegExp(
  `^/providers/Microsoft\\.Management/managementGroups/(${name})/?$`,
  'iu',
)

const expected =
  'must be a subscription id (a GUID), or the ARM id of a subscription, resource group or management group: /subscriptions/<id>, /subscriptions/<id>/resourceGroups/<name> or /providers/Microsoft.Management/managementGroups/<id>'

/** Each value is encoded in a segment of its own, so that no argument leads elsewhere. */
const costScope = z.string().transform((text, context): string => {
  const [, id] = subscription.exec(text) ?? []
  if (id) return path`/subscriptions/${id.toLowerCase()}`
  const [, parent, group] = resourceGroup.exec(text) ?? []
  if (parent && group) return path`/subscriptions/${parent.toLowerCase()}/resourceGroups/${group}`
  const [, management] = managementGroup.exec(text) ?? []
  if (management) return path`/providers/Microsoft.Management/managementGroups/${management}`
  return z.problem(context, expected)
})

export const scopeArgument = costScope.describe(
  'What to query: a subscription id, or the ARM id of a subscription, resource group (/subscriptions/<id>/resourceGroups/<name>) or management group (/providers/Microsoft.Management/managementGroups/<id>)',
)

/** Why a total of a management group may be incomplete. JulianHayward/Azure-MG-Sub-Governance-Reporting#238, MicrosoftDocs/azure-docs#60623. */
export const managementGroupNote = (scope: string) =>
  scope.startsWith('/providers/') &&
  'The total of a management group includes only the subscriptions that Cost Management supports, and does not say which. To check it, call list_subscriptions, then this tool for each subscription of the group, and add up the totals.'

/** Cost details reports are made per subscription. */
export const subscriptionScope = costScope.refine(
  (scope) => subscription.test(scope),
  'must be a subscription: cost details are exported one subscription at a time',
)
