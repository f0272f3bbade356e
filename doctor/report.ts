/** The checks' results as text. */
import type { FixedBy } from '../shared/failure.ts'
import type { Looked } from './examine.ts'

const who: Readonly<Record<FixedBy, string>> = {
  user: 'the person who signs in',
  administrator: 'an administrator of the tenant',
  operator: 'the operator of this server',
  developer: 'the developer of the client',
  time: 'no one: it passes by itself',
}

/** One line for each check, with its notes and findings below; the last line counts them. */
export function reportLines(origin: string, looked: readonly Looked[]): string[] {
  const count = looked.flatMap(({ findings }) => findings).length
  const unseen = looked.filter(({ notSeen }) => notSeen !== undefined).length
  return [
    origin,
    ...looked.flatMap(checkLines),
    '',
    `${count === 0 ? 'Nothing wrong was found' : count === 1 ? '1 finding' : `${count} findings`}${unseen === 0 ? '.' : `; ${unseen} of ${looked.length} checks could not run.`}`,
  ]
}

function checkLines({ title, findings, notes, notSeen }: Looked): string[] {
  const mark = findings.length > 0 ? '✗' : notSeen === undefined ? '✓' : '–'
  return [
    `${mark} ${title}`,
    ...notes.map((note) => `    ${note}`),
    ...(notSeen === undefined ? [] : [`    Not checked: ${notSeen}`]),
    ...findings.flatMap((finding) => [
      `    Seen      ${finding.seen}`,
      `    Expected  ${finding.expected}`,
      `    Who       ${who[finding.who]}`,
      `    How       ${finding.how}`,
    ]),
  ]
}
