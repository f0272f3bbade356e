/**
 * Routes outgoing calls: directly, or through the configured proxy. Decided here for the whole process, except that
 * `@azure/identity` reads the same variables itself.
 */
import { Agent, type Dispatcher, EnvHttpProxyAgent, setGlobalDispatcher } from 'undici'
import type { ProxySetting } from './settings.ts'

export type Outgoing = {
  /** A pool of connections for one purpose. */
  pool: (options: PoolOptions) => Dispatcher
}

type PoolOptions = Pick<Agent.Options, 'connections' | 'connectTimeout' | 'maxResponseSize'>

/** With a proxy, this also routes the global `fetch` through it, which Node does only with NODE_USE_ENV_PROXY. */
export function outgoing(proxy: ProxySetting | undefined): Outgoing {
  if (!proxy) return { pool: (options) => new Agent(options) }
  // Empty, not absent: otherwise undici reads the environment.
  const way = {
    httpProxy: proxy.httpProxy?.reveal() ?? '',
    httpsProxy: proxy.httpsProxy?.reveal() ?? '',
    noProxy: proxy.noProxy,
  }
  setGlobalDispatcher(new EnvHttpProxyAgent(way))
  return { pool: (options) => new EnvHttpProxyAgent({ ...options, ...way }) }
}
