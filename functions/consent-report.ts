/**
 * Checks in the background, after the start, whether the tenant has consented to what the endpoints need. Logs each
 * scope that lacks consent with the link for an administrator.
 */
import { consentLines } from '../shared/entra/consent-report.ts'
import { downstreamsOf } from '../shared/mcp/define-endpoint.ts'
import type { Surface } from '../shared/register.ts'

export const consentReport: Surface = (app, { services, endpoints }) =>
  app.hook.appStart(() => {
    const { consentReport, consent, settings, report } = services
    const scopes = downstreamsOf(endpoints).map(({ scope }) => scope(settings))
    const check = async () => {
      const found = await consentReport(scopes)
      for (const line of consentLines(found, { adminLink: consent.adminLink, toLook }))
        report('consent_standing', line)
    }
    setTimeout(check, afterStart).unref()
  })

/** Milliseconds: a caller usually started the instance, and is answered first. */
const afterStart = 2_000

const toLook =
  'Run npm run check:consent as an administrator, or let this app look: grant it Application.Read.All and DelegatedPermissionGrant.Read.All of Microsoft Graph.'
