/** The claims of Entra's v2 access tokens, parsed once: what a Caller is made of, and what the log says of anybody. */
import { LRUCache } from 'lru-cache'
import * as z from '../zod.ts'

const words = z
  .string()
  .transform((text) => text.split(' ').filter(Boolean))
  .pipe(z.array(z.string()))
const listOf = z.union([z.array(z.string()), z.string().transform((one) => [one])])
/** Thousands of tokens are remembered, of few scopes and roles: equal sets are kept once. */
const sets = new LRUCache<string, ReadonlySet<string>, readonly string[]>({
  max: 1_000,
  memoMethod: (_name, _stale, { context }) => new Set(context),
})
const set = (values: readonly string[]) => sets.memo(JSON.stringify(values), { context: values })

const seconds = z.number({ error: 'must be a number of seconds' })
const required = z.string({ error: 'is missing' }).min(1, 'is missing')

/** Of claims that nothing is decided on: what is not as Entra writes it refuses no token, and the log says so. */
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
/** Of any payload whose signature holds. */
export const identitySchema = z.object({ oid: note, tid: note, azp: note, ...notes })

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
  xms_cc: listOf.default([]).transform(set),
  idtyp: z.string().optional(),
  /** 0: a member of the tenant, 1: a guest; absent unless the app registration asks for it. */
  acct: z.number().optional(),
  cnf: z.unknown().optional(),
})
