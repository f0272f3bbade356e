/**
 * `npm run check:consent`: asks Microsoft Graph whether the tenant has consented to what the endpoints' tools need,
 * with the settings of the environment or local.settings.json. Exits with 1 when nobody has consented to something.
 */
import { loadFunctions } from '../local/function-app.ts'
import { collectApp } from '../local/host/core-module.ts'
import { readSettingsFile } from '../local/settings-file.ts'
import { orExplain } from '../local/stop.ts'

await orExplain(async () => {
  process.env = { ...(await readSettingsFile('local.settings.json')), ...process.env }
  await collectApp(loadFunctions, () => {})
  // Only now, for it reads the settings; and the same that the functions have loaded.
  const { services, downstreamScopes } = await import('../shared/app.ts')
  const { standingLines } = await import('../shared/entra/standing-lines.ts')
  const standings = await services.preflight([...downstreamScopes])
  const lines = standingLines(standings, services.consent.adminLink)
  console.log(
    lines.join('\n') || `Everybody’s consent is there: ${[...downstreamScopes].join(', ')}`,
  )
  process.exit(standings.some(({ consented }) => consented === 'nobody') ? 1 : 0)
})
