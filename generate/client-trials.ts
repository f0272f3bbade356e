/** Results of the tests with unmodified MCP clients: a table of docs/clients.md. */
import packageJson from '../package.json' with { type: 'json' }
import * as z from '../shared/zod.ts'
import trials from './client-trials.json' with { type: 'json' }

/** `in words`: the client does not handle it, but shows our message that says what to do. */
const ending = z.enum(['yes', 'in words', 'no'])
export type Ending = z.output<typeof ending>

const trial = z.strictObject({
  /** Package and, if it has several, the program. */
  client: z.string(),
  /** How it gets a client id. */
  by: z.enum(['DCR', 'CIMD', 'client id']),
  /** The authorization server in front of Entra. */
  server: z.enum(['on', 'off']),
  signIn: ending,
  refresh: ending.exactOptional(),
  scope: ending.exactOptional(),
  mfa: ending.exactOptional(),
})
export type ClientTrial = z.output<typeof trial>
export const clientTrials = z.array(trial)

const versions: Readonly<Record<string, string>> = {
  ...packageJson.dependencies,
  ...packageJson.devDependencies,
}

/** Two tables: with the authorization server, and without. */
export function trialTable(): string {
  const rows = clientTrials.parse(trials).map(({ client, by, server, ...endings }) => {
    const [name = '', program] = client.split(', ')
    const { signIn, refresh = '–', scope = '–', mfa = '–' } = endings
    const named = `\`${name}\` ${versions[name]}${program ? `, ${program}` : ''}`
    return { server, cells: [named, by, signIn, refresh, scope, mfa] }
  })
  const table = (server: ClientTrial['server']) =>
    rows
      .filter((row) => row.server === server)
      .map(({ cells }) => `| ${cells.join(' | ')} |`)
      .join('\n')
  const head = `| client | client id | sign-in, call | refresh | missing scope | second factor |
| --- | --- | --- | --- | --- | --- |`
  return `With the authorization server:

${head}
${table('on')}

Without it, at Entra (\`AUTHORIZATION=entra\`). “CIMD” is Entra’s preview, as the local stack emulates it:

${head}
${table('off')}`
}
