/** Runs this repository's functions/ and host.json on the local host. */
import { readHostJson } from './host/host-json.ts'
import type { Log } from './host/rpc.ts'
import { type Host, startHost } from './host.ts'
import { buildChangedPages } from './pages.ts'

/**
 * @param options.prepare sets the app's settings; called with the bound port, before the functions load
 * @throws what loading throws; `EADDRINUSE`
 */
export async function startFunctionApp(options: {
  port: number
  adminKey: string | undefined
  prepare: (port: number) => void
  /** The console by default. */
  log?: Log
  /** Registers the functions; functions/main.ts by default. */
  load?: () => Promise<unknown>
}): Promise<Host> {
  const { port, adminKey, prepare, log, load = () => import('../functions/main.ts') } = options
  return startHost({
    ...(await readHostJson(new URL('../host.json', import.meta.url))),
    port,
    ...(adminKey === undefined ? {} : { adminKey }),
    ...(log && { log }),
    async load(address) {
      // The value that infra/ sets on Azure.
      process.env.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT ??= String(2 * 1024 * 1024)
      prepare(address.port)
      await buildChangedPages()
      await load()
    },
  })
}
