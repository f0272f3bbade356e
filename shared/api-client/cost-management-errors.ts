/**
 * Errors of Cost Management, which Azure Resource Manager passes on, and who can fix them. Several have the status 401
 * although a new sign-in changes nothing. docs/refusals.md is generated from this table.
 *
 * https://learn.microsoft.com/azure/cost-management-billing/costs/cost-management-error-codes
 */
import type { KnownError } from './failures.ts'

const signInIsFine = 'Signing in again will not help.'
const askApart = 'Ask about its subscriptions one by one.'

const readerMissing = {
  fixedBy: 'owner of the scope',
  person: `The signed-in user may not read costs there. An owner of that scope can assign the role Cost Management Reader. ${signInIsFine}`,
}
const notSupported = {
  fixedBy: 'user',
  person:
    'Cost Management has no data for this kind of subscription (its offer is not supported). Ask about another subscription.',
}

/** Found by code first, or by message where the code is just "400". */
export const costManagementErrors: readonly KnownError[] = [
  {
    code: 'AccountCostDisabled',
    fixedBy: 'enterprise administrator',
    person: `Charges are not shown to account owners and subscription users of this Enterprise Agreement. Its enterprise administrator can turn on that account owners view charges. ${signInIsFine}`,
  },
  {
    code: 'DepartmentCostDisabled',
    fixedBy: 'enterprise administrator',
    person: `Charges are not shown to department administrators of this Enterprise Agreement. Its enterprise administrator can turn on that department administrators view charges. ${signInIsFine}`,
  },
  {
    code: 'IndirectCostDisabled',
    fixedBy: 'partner',
    person: `The partner who sells this subscription has not published its prices, so its costs are not shown. The partner can turn on cost visibility. ${signInIsFine}`,
  },
  {
    code: 'BillingAccessDenied',
    fixedBy: 'owner of the billing account',
    person: `The signed-in user may not see charges of this billing account. Its owner can assign a role that may. ${signInIsFine}`,
  },
  { code: 'RBACAccessDenied', ...readerMissing },
  { code: 'Unauthorized', ...readerMissing },
  {
    code: 'InvalidAuthenticationTokenTenant',
    fixedBy: 'user',
    person:
      'This subscription belongs to another organization, or has moved there. Ask about a subscription of the signed-in user’s organization.',
  },
  {
    code: 'DisallowedOperation',
    fixedBy: 'user',
    person:
      'This kind of subscription cannot have charges, so there are no costs to show. Ask about another subscription.',
  },
  { code: 'SubscriptionTypeNotSupported', ...notSupported },
  {
    message: /too many subscriptions/i,
    fixedBy: 'user',
    person: `This management group has too many subscriptions for one query. ${askApart}`,
  },
  {
    message: /does not have any valid subscriptions/i,
    fixedBy: 'user',
    person: `Cost Management supports none of this management group’s subscriptions in a query of the group. ${askApart}`,
  },
  {
    message:
      /supports only Enterprise Agreement|valid (WebDirect\/AIRS )?offer type|\boffer\b.*\bnot supported|data is not supported for subscription/i,
    ...notSupported,
  },
]
