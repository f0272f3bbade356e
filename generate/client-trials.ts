/** What became of MCP clients that the tests try, as a table of docs/clients.md. */
import * as z from 'zod'
import trials from './client-trials.json' with { type: 'json' }

/** `in words`: the client does not do it, and shows its user a sentence of ours that says what to do. */
const ending = z.enum(['yes', 'in words', 'no'])
export type Ending = z.output<typeof ending>

const trial = z.strictObject({
  client: z.string(),
  by: z.enum(['DCR', 'CIMD', 'client id']),
  /** `off, CIMD`: with Entra's preview of client id metadata documents. */
  facade: z.enum(['on', 'off']),
  signIn: ending,
  refresh: ending.optional(),
  scope: ending.optional(),
  mfa: ending.optional(),
})
export type ClientTrial = z.output<typeof trial>
export const clientTrials = z.array(trial)
