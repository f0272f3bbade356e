/** docs/refusals.md, from the catalogues of refusals. */
import { costManagementErrors } from '../shared/api-client/cost-management-errors.ts'
import type { KnownError } from '../shared/api-client/failures.ts'
import { graphErrors } from '../shared/api-client/graph-errors.ts'
import { resourceGraphErrors } from '../shared/api-client/resource-graph-errors.ts'
import { aadstsErrors } from '../shared/entra/aadsts-errors.ts'

export function refusalsPage(): string {
  const rows = [...aadstsErrors]
    .toSorted(([a], [b]) => a - b)
    .map(
      ([code, { class: kind, fixedBy, person, operator }]) =>
        `| ${code} | ${answers[kind]} | ${fixedBy} | ${person} | ${operator} |`,
    )
  return `# What Microsoft Entra and the APIs behind may refuse, and who can fix it

## Microsoft Entra

Made from shared/entra/aadsts-errors.ts by \`npm run generate\`. A number that is not here is sorted by Entra's \`error\`,
\`suberror\` and \`claims\`. Numbers are Microsoft's (AADSTS), see
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
      note: `The API's message chooses among our sentences where its code
says too little, and stands in the log; the person never reads it. An API of your own gets such a table as
\`knownErrors\` of its \`defineDownstream\`.`,
    },
    { api: 'Azure Resource Graph', file: 'resource-graph-errors.ts', errors: resourceGraphErrors },
    { api: 'Microsoft Graph', file: 'graph-errors.ts', errors: graphErrors },
  ]

const section = ({ api, file, errors, note }: (typeof apis)[number]) => `## ${api}

Made from shared/api-client/${file}.${note ? ` ${note}` : ''}

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
  stale: '401 invalid_token: any new sign-in will do',
  client: 'a final answer',
  final: 'a final answer',
}
