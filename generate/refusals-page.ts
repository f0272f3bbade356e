/** Generates docs/refusals.md from the catalogues of known errors. */
import { costManagementErrors } from '../shared/api-client/cost-management-errors.ts'
import type { KnownError } from '../shared/api-client/failures.ts'
import { graphErrors } from '../shared/api-client/graph-errors.ts'
import { resourceGraphErrors } from '../shared/api-client/resource-graph-errors.ts'
import { aadstsErrors } from '../shared/entra/aadsts-errors.ts'

/** The whole page. */
export function refusalsPage(): string {
  const rows = [...aadstsErrors]
    .toSorted(([a], [b]) => a - b)
    .map(
      ([code, { class: kind, fixedBy, person, operator }]) =>
        `| ${code} | ${answers[kind]} | ${fixedBy} | ${person} | ${operator} |`,
    )
  return `# Errors of Microsoft Entra and the downstream APIs, and who can fix them

## Microsoft Entra

Generated from shared/entra/aadsts-errors.ts by \`npm run generate\`. Errors that are not listed are classified by Entra's
\`error\`, \`suberror\` and \`claims\`. For the AADSTS numbers, see
https://learn.microsoft.com/entra/identity-platform/reference-error-codes.

| AADSTS | answered with | fixed by | to the person | to the operator |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

${apis.map(section).join('\n')}`
}

const apis: readonly { api: string; file: string; errors: readonly KnownError[]; note?: string }[] =
  [
    {
      api: 'Cost Management',
      file: 'cost-management-errors.ts',
      errors: costManagementErrors,
      note: `Where a code is ambiguous, the API's message selects our
sentence; it is logged, but never shown to the user. Your own API gets such a table by \`knownErrors\` of its
\`defineDownstream\`.`,
    },
    { api: 'Azure Resource Graph', file: 'resource-graph-errors.ts', errors: resourceGraphErrors },
    { api: 'Microsoft Graph', file: 'graph-errors.ts', errors: graphErrors },
  ]

const section = ({ api, file, errors, note }: (typeof apis)[number]) => `## ${api}

Generated from shared/api-client/${file}.${note ? ` ${note}` : ''}

| code | fixed by | to the person |
| --- | --- | --- |
${errors.map(row).join('\n')}
`

const row = (known: KnownError) =>
  `| ${'code' in known ? known.code : `message: \`${inCell(known.message.source)}\``} | ${known.fixedBy} | ${known.person} |`

const inCell = (text: string) => text.replaceAll('|', '\\|')

const answers = {
  consent: 'a link to Entra’s consent page',
  admin_consent: 'a link for an administrator, final',
  sign_in: 'a claims challenge if Entra gave claims, else a final answer',
  stale: '401 invalid_token: the user signs in again',
  client: 'a final answer',
  final: 'a final answer',
}
