/** `npm run docs`: writes refusals.md from the catalogue in shared/entra/refusals.ts. A test keeps the two the same. */
import { writeFile } from 'node:fs/promises'
import { refusals } from '../shared/entra/refusals.ts'

export function refusalsPage(): string {
  const rows = [...refusals]
    .toSorted(([a], [b]) => a - b)
    .map(
      ([code, { class: kind, fixedBy, person, operator }]) =>
        `| ${code} | ${answers[kind]} | ${fixedBy} | ${person} | ${operator} |`,
    )
  return `# What Microsoft Entra may refuse, and who can fix it

Made from shared/entra/refusals.ts by \`npm run docs\`. A number that is not here is sorted by Entra's \`error\`,
\`suberror\` and \`claims\`. Numbers are Microsoft's (AADSTS), see
https://learn.microsoft.com/entra/identity-platform/reference-error-codes.

| AADSTS | answered with | fixed by | to the person | to the operator |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`
}

const answers = {
  consent: 'a link to Entra’s consent page',
  admin_consent: 'a link for an administrator, final',
  sign_in: 'a claims challenge if Entra gave claims, else a final answer',
  stale: '401 invalid_token: any new sign-in will do',
  client: 'a final answer',
  final: 'a final answer',
}

if (import.meta.main) {
  await writeFile(new URL('refusals.md', import.meta.url), refusalsPage())
}
