/**
 * Errors of Azure Resource Graph, and who can fix them. The outer code is always BadRequest, so these codes are from
 * `details`. docs/refusals.md is generated from this table.
 *
 * https://learn.microsoft.com/azure/governance/resource-graph/troubleshoot/general; the others as reported in
 * Azure/azure-powershell#13762, Azure/aztfexport#485 and microsoft/ARI#255
 */
import type { KnownError } from './failures.ts'

const kql = 'Resource Graph supports only a part of KQL'

export const resourceGraphErrors: readonly KnownError[] = [
  {
    code: 'ParserFailure',
    fixedBy: 'author of the query',
    person:
      'The query is not valid KQL: look for a missing quote, bracket or pipe, and correct the query.',
  },
  {
    code: 'InvalidQueryLanguage',
    fixedBy: 'author of the query',
    person: `${kql}, and the query has an operator or function that it does not support. Write the query without it.`,
  },
  {
    code: 'DisallowedLogicalTableName',
    fixedBy: 'author of the query',
    person:
      'Resource Graph has no such table. Most resources are in Resources, subscriptions and groups in ResourceContainers.',
  },
  {
    code: 'InvalidQuery',
    fixedBy: 'author of the query',
    person: `Resource Graph cannot answer the query: a column or name in it does not exist, or it is not valid KQL. ${kql}. Correct the query.`,
  },
  {
    code: 'NoValidSubscriptionsInQueryRequest',
    fixedBy: 'user',
    person:
      'None of these subscriptions exists or is visible to the signed-in user. Leave subscriptions out to query all that the user may see.',
  },
  {
    code: 'TooManySubscriptions',
    fixedBy: 'user',
    person: 'Resource Graph cannot query so many subscriptions at once. Name fewer.',
  },
  {
    code: 'AccessDenied',
    fixedBy: 'owner of the scope',
    person:
      'The signed-in user may not read any of these resources. An owner of the subscription can assign the role Reader. Signing in again will not help.',
  },
  {
    code: 'ResponsePayloadTooLarge',
    fixedBy: 'author of the query',
    person: 'The rows are too large for one answer. Ask for fewer columns (project) or fewer rows.',
  },
]
