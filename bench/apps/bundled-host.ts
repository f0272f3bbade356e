/** The local host with the bundle in `BENCH_BUNDLE`; the suite bundles this program, too. */
import { startHost } from '../../local/host.ts'

const { BENCH_BUNDLE: bundle = '' } = process.env
const { origin } = await startHost({
  port: 0,
  load({ port }) {
    process.env.PORT = String(port)
    return import(bundle)
  },
})
console.log(`${origin}/mcp/cost`)
