/**
 * At start, and never in its way: whether the tenant has consented to what the endpoints need. What nobody has
 * consented to stands in the log, with the link that mends it, before a user finds out.
 */
import { app } from '@azure/functions'
import { downstreamScopes, services } from '../shared/app.ts'
import { standingLines } from '../shared/entra/standing-lines.ts'

app.hook.appStart(() => {
  const { preflight, consent } = services
  preflight([...downstreamScopes]).then((standings) => {
    for (const line of standingLines(standings, consent.adminLink)) console.warn(line)
  })
})
