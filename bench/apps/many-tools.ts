/** The cost endpoint with as many tools as `BENCH_TOOLS` says, as a function on the local host. */
import { app } from '@azure/functions'
import { listSubscriptions } from '../../functions/cost/list-subscriptions.ts'
import { startHost } from '../../local/host.ts'
import { arm, graph } from '../../shared/downstreams.ts'
import { register } from '../../shared/register.ts'
import { createServices } from '../../shared/services.ts'
import { parseSettings } from '../../shared/settings.ts'
import { generatedTools } from './generated-tools.ts'

const { origin } = await startHost({
  port: 0,
  async load({ port }) {
    // Which the app's own address follows from; it is read as soon as the app loads.
    process.env.PORT = String(port)
    const others = generatedTools(Number(process.env.BENCH_TOOLS) - 1)
    const tools = [listSubscriptions, ...others]
    register(app, createServices(parseSettings(process.env, [arm, graph])), {
      endpoints: [{ name: 'cost', title: 'Azure costs', tools }],
      surfaces: [],
    })
  },
})
console.log(`${origin}/mcp/cost`)
