/**
 * `npm start` (`--app`; `-- --watch` restarts the functions when a source changes) and `npm run emulators`: runs the
 * local stack until Ctrl-C, prints its addresses and writes them to `.local/stack.json`. Ignores local.settings.json.
 */
import { parseArgs } from 'node:util'
import { authorityFile, httpsSetting } from './https/setting.ts'
import { portSetting } from './ports.ts'
import { SettingsError } from './settings-file.ts'
import { type Description, writeDescription } from './stack/description.ts'
import { type Authorization, authorizationSetting } from './stack/settings.ts'
import { startStack } from './stack/start.ts'
import { unregisteredFiles } from './stack/unregistered.ts'
import { closeOnSignal, orExplain } from './stop.ts'

await orExplain(async () => {
  const { app, watch } = given()
  const authorization = authorizationSetting()
  const tls = await httpsSetting()
  const { close, ...description } = await startStack({
    ...{ app, watch, authorization, tls },
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
  for (const file of await unregisteredFiles()) {
    console.error(`${file} is not served yet: press Ctrl-C, run npm run generate, and start again.`)
  }
})

function given(): { app: boolean; watch: boolean } {
  const options = {
    app: { type: 'boolean', default: false },
    watch: { type: 'boolean', default: false },
  } as const
  try {
    return parseArgs({ options }).values
  } catch (error) {
    const problem = error instanceof Error ? error.message : error
    throw new SettingsError(`${problem}\nnpm start [-- --watch]`)
  }
}

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
