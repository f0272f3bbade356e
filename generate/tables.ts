/** The generated tables of README.md and docs/, in Markdown. */
import type { EndpointDefinition } from '../shared/mcp/define-endpoint.ts'
import type { baseUrlsOf, Permissions } from './permissions.ts'

/** README: tools with their scopes, roles and downstream APIs. */
export const toolTable = (endpoints: readonly EndpointDefinition[]): string =>
  table(
    ['endpoint', 'tool', 'needs', 'calls'],
    endpoints.flatMap(({ name, tools }) =>
      tools.map(({ name: tool, access, downstreams }) => [
        `\`/mcp/${name}\``,
        `\`${tool}\``,
        [
          ...access.scopes.map(
            ({ value, consent }) =>
              `\`${value}\`${consent === 'user' ? '' : ' (administrators consent)'}`,
          ),
          ...access.roles.map(({ value }) => `role \`${value}\``),
        ].join(', '),
        downstreams.map((it) => `${it.name} \`${it.definition.scope}\``).join(', '),
      ]),
    ),
  )

/** README: base URL settings. */
export const settingTable = (baseUrls: ReturnType<typeof baseUrlsOf>): string =>
  table(
    ['setting', 'base URL of', 'default'],
    baseUrls.map(({ setting, api, byDefault }) => [
      `\`${setting}\``,
      api,
      byDefault ? `\`${byDefault}\`` : 'required',
    ]),
  )

/** docs/deploy.md: scopes and roles, and who grants them. */
export const permissionTable = ({ scopes, appRoles }: Permissions): string =>
  table(
    ['scope or role', 'title', 'given by'],
    [
      ...scopes.map(({ value, title, consent }) => [
        `\`${value}\``,
        title,
        consent === 'user' ? 'the user, at sign-in' : 'an administrator, who consents',
      ]),
      ...appRoles.map(({ value, title }) => [
        `\`${value}\``,
        title,
        'an administrator, who assigns it',
      ]),
    ],
  )

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
