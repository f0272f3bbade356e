/**
 * `npm start` (`--app`; `-- --watch` restarts the functions when a source changes) and `npm run emulators`: runs the
 * local stack until Ctrl-C, prints its addresses and writes them to `.local/stack.json`. Ignores local.settings.json.
 */
import { authorityFile, httpsSetting } from './https/setting.ts'
import { portSetting } from './ports.ts'
import { type Description, writeDescription } from './stack/description.ts'
import { type Authorization, authorizationSetting } from './stack/settings.ts'
import { startStack } from './stack/start.ts'
import { closeOnSignal, orExplain } from './stop.ts'

await orExplain(async () => {
  const app = process.argv.includes('--app')
  const authorization = authorizationSetting()
  const tls = await httpsSetting()
  const { close, ...description } = await startStack({
    app,
    watch: process.argv.includes('--watch'),
    authorization,
    tls,
    onDeath: (part, how) => console.error(`${part} stopped ${how}. Press Ctrl-C and start again.`),
    announce: (description) => writeDescription('.local/stack.json', description),
    ports: {
      app: portSetting('LOCAL_APP_PORT', 7071),
      entra: portSetting('LOCAL_ENTRA_PORT', 8400),
      azure: portSetting('LOCAL_AZURE_PORT', 8401),
      farSides: portSetting('LOCAL_FAR_SIDES_PORT', 8402),
      notes: portSetting('LOCAL_NOTES_PORT', 8403),
      tables: portSetting('LOCAL_TABLES_PORT', 10002),
    },
  })
  closeOnSignal(close)
  console.log(summary(description, { app, authorization, https: tls !== undefined }))
})

function summary(
  stack: Description,
  { app, authorization, https }: { app: boolean; authorization: Authorization; https: boolean },
): string {
  const { endpoints, entra, clients, users } = stack
  const [endpoint = stack.app] = Object.values(endpoints)
  const rows: [string, string][] = [
    ...Object.entries(endpoints).map(([name, url]): [string, string] => [`MCP ${name}`, url]),
    ['Entra', `${entra.origin} (tenant ${entra.tenantId})`],
    ['ARM', stack.arm],
    ['Graph', stack.graph],
    ...Object.entries(stack.farSides),
    ['Tables', stack.tables],
    ['Sign in as', `${users.map(({ upn }) => upn).join(', ')} (no password)`],
    ...(https ? [['Trust', authorityFile] satisfies [string, string]] : []),
    ['All of it', '.local/stack.json'],
  ]
  // Entra accepts only registered clients.
  const registered = authorization === 'entra' ? ` --client-id ${clients.public.clientId}` : ''
  const client = `npx mcp-inspector --cli ${endpoint} --transport http${registered} --method tools/list`
  const width = Math.max(...rows.map(([name]) => name.length)) + 2
  const table = rows.map(([name, value]) => `  ${name.padEnd(width)}${value}`).join('\n')
  return `
${app ? 'The local stack runs' : 'The emulators run; the function app is expected'} at ${stack.app}

${table}

Add its URL to any MCP client, or try:
  ${client}

Ctrl-C stops it.`
}
