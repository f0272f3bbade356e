/** The local host around the bundle that `BENCH_BUNDLE` names: a program to be bundled itself. */
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
