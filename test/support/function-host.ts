/** A host for each test, and requests that are sent to it unchanged. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { after } from 'node:test'
import { type Host, type HostOptions, startHost } from '../../local/host.ts'

const hosts: Host[] = []
after(() => Promise.all(hosts.map((host) => host.close())))

export type Started = Host & { logged: string[] }
/** Closed when the test file ends. */
export async function start(
  register: () => unknown,
  options: Omit<HostOptions, 'port' | 'load' | 'log'> = {},
): Promise<Started> {
  const logged: string[] = []
  const host = await startHost({
    ...options,
    port: 0,
    load: async () => register(),
    log: (level, message) => logged.push(`${level} ${message}`),
  })
  hosts.push(host)
  return { ...host, logged }
}

export type Sent = { headers?: Record<string, string | string[]>; body?: string }

/** Sends a request unchanged: `fetch` would normalise the path and the headers. */
export async function send(
  { port }: Host,
  method: string,
  path: string,
  { headers = {}, body }: Sent = {},
): Promise<{ status: number | undefined; headers: IncomingMessage['headers']; body: string }> {
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false })
  outgoing.end(body)
  const [response]: IncomingMessage[] = await once(outgoing, 'response')
  assert(response)
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}
