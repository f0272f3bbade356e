/** Updates the base URLs of the downstream APIs in files with app settings. */
import { farSideUrls, localBaseUrls } from '../local/far-sides/base-urls.ts'
import type { Permissions } from './permissions.ts'

type BaseUrls = readonly {
  setting: string
  byDefault: string | undefined
  nationalClouds?: unknown
}[]

/** main.parameters.json: azd substitutes each with a variable of its environment. */
export function parameters(text: string, baseUrls: BaseUrls): string {
  const file = JSON.parse(text)
  const own = baseUrls.filter(({ nationalClouds }) => !nationalClouds)
  file.parameters.downstreamBaseUrls = {
    value: Object.fromEntries(
      own.map(({ setting, byDefault = '' }) => [setting, `\${${setting}=${byDefault}}`]),
    ),
  }
  return JSON.stringify(file)
}

/** .vscode/mcp.json: the endpoints of the local stack; other servers stay. */
export function codeServers(text: string, { endpoints }: Pick<Permissions, 'endpoints'>): string {
  const file = JSON.parse(text)
  const others = Object.entries<{ url?: string }>(file.servers).filter(
    ([, { url }]) => !url?.startsWith(`${local}/mcp/`),
  )
  const ours = endpoints.map(({ name }) => [name, { type: 'http', url: `${local}/mcp/${name}` }])
  file.servers = Object.fromEntries([...ours, ...others])
  return JSON.stringify(file)
}
const local = 'http://localhost:7071'

/** local.settings.sample.json, for the local stack on its default ports. */
export function localSettings(text: string, permissions: Permissions): string {
  const file = JSON.parse(text)
  const values = Object.entries(file.Values).filter(
    ([name]) => !/^(?!PUBLIC_)\w+_BASE_URL$/.test(name),
  )
  const at = values.findIndex(([name]) => name === 'PUBLIC_BASE_URL') + 1
  const urls = localBaseUrls(permissions, {
    arm: 'http://localhost:8401/arm',
    graph: 'http://localhost:8401/graph',
    farSides: farSideUrls(permissions, {
      farSides: 'http://localhost:8402',
      notes: 'http://localhost:8403/mcp',
    }),
  })
  file.Values = Object.fromEntries([
    ...values.slice(0, at),
    ...Object.entries(urls),
    ...values.slice(at),
  ])
  return JSON.stringify(file, null, 2)
}
