/**
 * Errors of Microsoft Graph's directory, and who can fix them. docs/refusals.md is generated from this table.
 *
 * https://learn.microsoft.com/graph/errors and https://learn.microsoft.com/graph/resolve-auth-errors
 */
import type { KnownError } from './failures.ts'

export const graphErrors: readonly KnownError[] = [
  {
    code: 'Authorization_RequestDenied',
    fixedBy: 'administrator',
    person:
      'The directory does not let the signed-in user do this. An administrator of the organization decides what its users may read and change there. Signing in again will not help.',
  },
  {
    code: 'Request_ResourceNotFound',
    fixedBy: 'user',
    person: 'The directory has no such entry, or it was deleted.',
  },
  {
    code: 'Directory_ExpiredPageToken',
    fixedBy: 'user',
    person:
      'Reading the list took too long, and Microsoft Graph ended it. Call the tool again to read it from the start.',
  },
  {
    code: 'Directory_ConcurrencyViolation',
    fixedBy: 'user',
    person:
      'Another change to the same entry was in progress, so this one was not made. Try again.',
  },
  {
    code: 'Request_UnsupportedQuery',
    fixedBy: 'operator',
    person:
      'Microsoft Graph does not support this query. The operator of this server has to investigate.',
  },
  {
    code: 'Request_BadRequest',
    fixedBy: 'user',
    person:
      'Microsoft Graph does not accept a value of this request. Check the arguments: a phone number, for instance, as +49 30 1234567.',
  },
]
