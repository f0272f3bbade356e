/**
 * An endpoint for the conformance suite, whose scenarios want tools of certain names: our own machinery whole, from the
 * bearer token to the result, over HTTP on loopback. The suite has no tokens to send, so a valid one is put on every
 * request on its way in.
 */
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import * as z from 'zod'
import { startEntra } from '../../local/entra/server.ts'
import { listen } from '../../local/host/listen.ts'
import { alice, clients, directory, tenantId } from '../../local/seed.ts'
import { graph } from '../../shared/downstreams.ts'
import { Failure } from '../../shared/failure.ts'
import { endpoint } from '../../shared/mcp/endpoint.ts'
import { defineTool } from '../../shared/mcp/tool.ts'
import { createServices } from '../../shared/services.ts'
import { parseSettings } from '../../shared/settings.ts'
import { scope } from './permissions.ts'

const fixture = {
  effect: 'reads',
  access: scope('conformance.run'),
  downstream: graph,
  input: z.object({}),
  output: z.object({ text: z.string() }),
} as const

const simpleText = defineTool({
  ...fixture,
  name: 'test_simple_text',
  description: 'Answers a text.',
  run: async () => ({ text: 'This is a simple text response for testing.' }),
})

const errorHandling = defineTool({
  ...fixture,
  name: 'test_error_handling',
  description: 'Always fails.',
  async run() {
    throw new Failure({ reason: 'downstream_failed', downstream: 'The API', status: 500 })
  },
})

export async function startConformanceEndpoint(): Promise<{
  url: string
  close: () => Promise<void>
}> {
  const entra = await startEntra({ port: 0, directory: directory('http://localhost:7071') })
  const token = await entra.admin.forgeToken({
    user: alice.upn,
    client: clients.public.clientId,
    scopes: fixture.access.scopes.map(({ value }) => value),
  })
  let handle: ReturnType<typeof endpoint>['handle'] | undefined
  const server = createServer(
    getRequestListener(async (request) => {
      const headers = new Headers(request.headers)
      headers.set('authorization', `Bearer ${token}`)
      const { url, method } = request
      const invocation = { log: () => {}, reference: 'conformance', body: await request.text() }
      return handle?.(new Request(url, { method, headers }), invocation) ?? new Response()
    }),
  )
  const { port, close } = await listen(server, 0)
  const origin = `http://localhost:${port}`
  const settings = parseSettings(
    {
      ENTRA_TENANT_ID: tenantId,
      ENTRA_CLIENT_ID: clients.api.clientId,
      ENTRA_CLIENT_SECRET: clients.api.secret,
      ENTRA_AUTHORITY_HOST: entra.origin,
      PUBLIC_BASE_URL: origin,
    },
    [graph],
  )
  const definition = {
    name: 'conformance',
    title: 'Conformance',
    tools: [simpleText, errorHandling],
  }
  handle = endpoint(definition, createServices(settings)).handle
  return {
    url: `${origin}/mcp/conformance`,
    async close() {
      await close()
      await entra.close()
    },
  }
}
