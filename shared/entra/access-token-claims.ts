/**
 * Parses the claims of Entra's v2 access tokens: those that make a Caller, and those that identify a caller in the log.
 */
import { LRUCache } from 'lru-cache'
import * as z from '../zod.ts'

const words = z
  .string()
  .transform((text) => text.split(' ').filter(Boolean))
  .pipe(z.array(z.string()))
const listOf = z.union([z.array(z.string()), z.string().transform((one) => [one])])
/** Thousands of remembered tokens have few different scopes and roles, so equal sets are stored once. */
const sets = new LRUCache<string, ReadonlySet<string>, readonly string[]>({
  max: 1_000,
  memoMethod: (_name, _stale, { context }) => new Set(context),
})
const set = (values: readonly string[]) => sets.memo(JSON.stringify(values), { context: values })

const seconds = z.number({ error: 'must be a number of seconds' })
const required = z.string({ error: 'is missing' }).min(1, 'is missing')

/**
 * For claims that no decision depends on: a malformed one does not invalidate the token, and the log says `malformed`.
 */
const note = z
  .union([z.string(), z.number().transform(String)])
  .pipe(z.string().regex(/^[\w .:-]{1,128}$/))
  .optional()
  .catch('malformed')
const notes = {
  uti: note,
  azpacr: note,
  xms_act_fct: note,
  xms_sub_fct: note,
  xms_par_app_azp: note,
}
/** Reads the identity from any payload with a valid signature. Never fails. */
export const identitySchema = z.object({ oid: note, tid: note, azp: note, ...notes })

/**
 * The claims of a v2 access token. https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export const claimsSchema = z.object({
  aud: z.string({ error: 'must be one audience' }),
  oid: required,
  tid: required,
  azp: required,
  exp: seconds,
  iat: seconds,
  nbf: seconds.default(0),
  ...notes,
  ver: z.literal('2.0', { error: 'must be "2.0"' }),
  scp: words.transform(set).optional(),
  roles: z.array(z.string()).default([]).transform(set),
  acrs: listOf.default([]).transform(set),
  // As the client wrote it: MSAL's guide says CP1, the claims reference cp1.
  xms_cc: listOf
    .default([])
    .transform((capabilities) => set(capabilities.map((one) => one.toLowerCase()))),
  idtyp: z.string().optional(),
  /** 0: a member of the tenant, 1: a guest; absent unless the app registration asks for it. */
  acct: z.number().optional(),
  cnf: z.unknown().optional(),
})
