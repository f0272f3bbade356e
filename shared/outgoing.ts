/**
 * Which way outgoing calls go: straight, or through the proxy that the environment names. The one place that decides
 * it, for the whole process; `@azure/identity` alone reads the same variables for itself.
 */
import { Agent, type Dispatcher, EnvHttpProxyAgent, setGlobalDispatcher } from 'undici'
import type { ProxySetting } from './settings.ts'

export type Outgoing = {
  /** A pool of connections for one purpose. */
  pool: (options: PoolOptions) => Dispatcher
}

type PoolOptions = Pick<Agent.Options, 'connections' | 'connectTimeout' | 'maxResponseSize'>

/** With a proxy, the global `fetch` goes through it too from here on: Node's own does so only with NODE_USE_ENV_PROXY. */
export function outgoing(proxy: ProxySetting | undefined): Outgoing {
  if (!proxy) return { pool: (options) => new Agent(options) }
  // Empty, not absent: undici would read the environment.
  const way = {
    httpProxy: proxy.httpProxy?.reveal() ?? '',
    httpsProxy: proxy.httpsProxy?.reveal() ?? '',
    noProxy: proxy.noProxy,
  }
  setGlobalDispatcher(new EnvHttpProxyAgent(way))
  return { pool: (options) => new EnvHttpProxyAgent({ ...options, ...way }) }
}
