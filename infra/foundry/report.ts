/** The output of `connect:foundry`: its changes, and the connection as the portal shows it. */
import { portalFields } from '../clients/foundry.ts'
import type { Wish } from './arguments.ts'
import type { Connected } from './connect.ts'

/** On a dry run, the changes are those that it would make. */
export function reportLines(
  { values, endpoint, project, connection, dryRun }: Wish,
  { changes, redirectUrl, clientId, consent }: Connected,
): string[] {
  const done = dryRun ? 'Would change' : 'Changed'
  const fields = portalFields({ values, clientId, endpoint, connection, redirectUrl })
  const width = Math.max(...fields.map(([label]) => label.length))
  return [
    ...(changes.length === 0 ? ['Nothing to change.'] : [`${done}:`, ...changes.map(indented)]),
    '',
    `Project ${project.name} of ${project.account}, as its portal shows it:`,
    ...fields.map(([label, value]) => indented(`${label.padEnd(width)}  ${value}`)),
    '',
    consent,
  ]
}

const indented = (line: string) => `  ${line}`
