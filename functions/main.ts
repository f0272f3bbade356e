/**
 * The file that Azure Functions loads. Registers what the files beside it define. Nothing else reads the environment;
 * an invalid setting stops the start here.
 */
import { app } from '@azure/functions'
import { graph } from '../shared/downstreams.ts'
import { downstreamsOf } from '../shared/mcp/define-endpoint.ts'
import { register } from '../shared/register.ts'
import { createServices } from '../shared/services.ts'
import { parseSettings } from '../shared/settings.ts'
import { consent } from './consent.ts'
import { consentReport } from './consent-report.ts'
import { endpoints } from './endpoints.ts'
import { health } from './health.ts'
import { oauth } from './oauth.ts'
import { purgeTokenCache } from './purge-token-cache.ts'
import { startPage } from './start-page.ts'
import { sweepTokenCache } from './sweep-token-cache.ts'

const settings = parseSettings(process.env, [graph, ...downstreamsOf(endpoints)])
register(app, createServices(settings), {
  endpoints,
  surfaces: [startPage, consent, health, oauth, consentReport, purgeTokenCache, sweepTokenCache],
})
