/**
 * `npm run check:consent`: asks Microsoft Graph whether the tenant has consented to what the endpoints' tools need,
 * with the settings of the environment or local.settings.json. Exits with 1 when nobody has consented to something.
 */
import { endpoints } from '../functions/endpoints.ts'
import { readSettingsFile } from '../local/settings-file.ts'
import { orExplain } from '../local/stop.ts'
import { graph } from '../shared/downstreams.ts'
import { standingLines } from '../shared/entra/standing-lines.ts'
import { downstreamsOf } from '../shared/mcp/define-endpoint.ts'
import { createServices } from '../shared/services.ts'
import { parseSettings } from '../shared/settings.ts'

await orExplain(async () => {
  const environment = { ...(await readSettingsFile('local.settings.json')), ...process.env }
  const downstreams = downstreamsOf(endpoints)
  const settings = parseSettings(environment, [graph, ...downstreams])
  const scopes = downstreams.map(({ scope }) => scope(settings))
  const { preflight, consent } = createServices(settings)
  const standings = await preflight(scopes)
  const lines = standingLines(standings, consent.adminLink)
  console.log(lines.join('\n') || `Everybody’s consent is there: ${scopes.join(', ')}`)
  process.exit(standings.some(({ consented }) => consented === 'nobody') ? 1 : 0)
})
