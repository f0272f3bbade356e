/**
 * Like Azure's sample for self-hosted MCP servers on Functions: Express and SDK v1, a credential and an exchange per
 * call, and no token check, which the sample leaves to App Service authentication. The sample shares one server between
 * requests, which fails with concurrent requests; here each request has its own.
 */

import type { PipelinePolicy } from '@azure/core-rest-pipeline'
import { OnBehalfOfCredential } from '@azure/identity'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express from 'express'
import * as z from 'zod'
import { subscriptionsOf } from './floor-parts.ts'
import { announce, armScope, authority, clientId, clientSecret, tenantId } from './settings.ts'

const app = express()
app.use(express.json())
app.post('/mcp/cost', async (request, response) => {
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
  response.on('close', () => transport.close())
  await buildServer().connect(transport)
  await transport.handleRequest(request, response, request.body)
})
const server = app.listen(0, '127.0.0.1', () => announce(server))
server.keepAliveTimeout = 600_000

function buildServer(): McpServer {
  const mcp = new McpServer({ name: 'cost', version: '1.0.0' })
  mcp.registerTool(
    'list_subscriptions',
    {
      description: 'Lists the Azure subscriptions that the signed-in user may see.',
      inputSchema: {},
      outputSchema: {
        subscriptions: z.array(z.object({ id: z.string(), name: z.string(), state: z.string() })),
      },
    },
    async (_args, { requestInfo }) => {
      const assertion = String(requestInfo?.headers.authorization).split(' ')[1] ?? ''
      const { token } = await credentialOf(assertion).getToken(armScope)
      const data = await subscriptionsOf(token)
      return { content: [{ type: 'text', text: JSON.stringify(data) }], structuredContent: data }
    },
  )
  return mcp
}

const credentialOf = (userAssertionToken: string) => {
  const options = {
    ...{ tenantId, clientId, clientSecret, userAssertionToken },
    authorityHost: authority.replace(/^http:/, 'https:').slice(0, -tenantId.length - 1),
    disableInstanceDiscovery: true,
    additionalPolicies: [{ policy: overHttp, position: 'perCall' as const }],
  }
  return new OnBehalfOfCredential(options)
}

/** The library requires https, but the far side serves http. Rewrites its requests, and the URLs in metadata. */
const overHttp: PipelinePolicy = {
  name: 'overHttp',
  async sendRequest(request, next) {
    request.url = request.url.replace(/^https:/, 'http:')
    request.allowInsecureConnection = true
    const response = await next(request)
    if (request.method !== 'GET' || !response.bodyAsText) return response
    return { ...response, bodyAsText: response.bodyAsText.replaceAll('"http:', '"https:') }
  },
}
