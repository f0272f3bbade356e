/** The cost endpoint as a function on the local host, with `BENCH_TOOLS` tools. */
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
    // The app derives its own address from it when it loads.
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
