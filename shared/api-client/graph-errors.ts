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
      'The list took too long to read and has to be read from its start. Call the tool again.',
  },
  {
    code: 'Directory_ConcurrencyViolation',
    fixedBy: 'user',
    person: 'Another change of the same entry was under way, and this one was not made. Try again.',
  },
  {
    code: 'Request_UnsupportedQuery',
    fixedBy: 'operator',
    person:
      'Microsoft Graph does not support this question in this form. The operator of this server can look into it.',
  },
  {
    code: 'Request_BadRequest',
    fixedBy: 'user',
    person:
      'Microsoft Graph does not accept a value of this request. Check the arguments: a phone number, for instance, as +49 30 1234567.',
  },
]
