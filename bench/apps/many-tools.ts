/** The cost endpoint with as many tools as `BENCH_TOOLS` says, as a function on the local host. */
import { startHost } from '../../local/host.ts'

const { origin } = await startHost({
  port: 0,
  async load({ port }) {
    // Which the app's own address follows from; it is read as soon as the app loads.
    process.env.PORT = String(port)
    const { mcpEndpoint } = await import('../../shared/app.ts')
    const { listSubscriptions } = await import('../../functions/cost/list-subscriptions.ts')
    const { generatedTools } = await import('./generated-tools.ts')
    const others = generatedTools(Number(process.env.BENCH_TOOLS) - 1)
    mcpEndpoint({ name: 'cost', title: 'Azure costs', tools: [listSubscriptions, ...others] })
  },
})
console.log(`${origin}/mcp/cost`)
