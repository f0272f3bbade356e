/**
 * A hosted agent of Microsoft Foundry, as small as can be: it asks the tools of a toolbox for the person who asks it.
 * It holds no token of that person's. Foundry names the call (`x-agent-foundry-call-id`), the toolbox knows whose call
 * that is, and its connection holds the token for the MCP server.
 */
import * as z from 'zod'

export type HostedAgent = (request: Request) => Promise<Response>

export function hostedAgent(options: {
  /** `<project endpoint>/toolboxes/<name>/mcp?api-version=v1` */
  toolbox: string
  /** The agent's own, for https://ai.azure.com/.default: it opens the toolbox, nothing behind it. */
  token: () => Promise<string>
  fetch?: typeof fetch
}): HostedAgent {
  const { toolbox, token, fetch = globalThis.fetch } = options

  /** Throws a {@link ConsentRequired}, or an error with what the toolbox said. */
  const ask = async (callId: string, method: string, params: object) => {
    const answer = await fetch(toolbox, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await token()}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'x-agent-foundry-call-id': callId,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(100_000),
    })
    const { result, error } = reply.parse(await answer.json())
    if (!error) return result
    const link = error.code === consentRequired && /https:\/\/[^\s"\\]+/.exec(error.message)?.[0]
    throw link ? new ConsentRequired(link) : new Error(error.message)
  }

  return async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/readiness') return new Response('ready')
    if (pathname !== '/responses' || request.method !== 'POST') {
      return new Response(null, { status: 404 })
    }
    const callId = request.headers.get('x-agent-foundry-call-id') ?? ''
    const { input } = question.parse(await request.json())
    try {
      const { tools } = listing.parse(await ask(callId, 'tools/list', {}))
      // Here a model would choose; the person names the tool.
      const tool = tools.find(({ name }) => name.endsWith(`___${input}`))
      if (!tool) return said(`I have ${tools.map(({ name }) => name).join(', ')}.`)
      const called = await ask(callId, 'tools/call', { name: tool.name, arguments: {} })
      return said(
        content
          .parse(called)
          .content.map(({ text }) => text)
          .join('\n'),
      )
    } catch (error) {
      if (!(error instanceof ConsentRequired)) throw error
      return output({ type: 'oauth_consent_request', consent_link: error.link })
    }
  }
}

/** The toolbox's code for a person who has not consented to a connection yet. */
const consentRequired = -32006

class ConsentRequired extends Error {
  readonly link: string
  constructor(link: string) {
    super('consent is required')
    this.link = link
  }
}

const question = z.object({ input: z.string() })
const reply = z.object({
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
})
const listing = z.object({ tools: z.array(z.object({ name: z.string() })) })
const content = z.object({ content: z.array(z.object({ text: z.string().default('') })) })

const output = (item: object) => Response.json({ object: 'response', output: [item] })
const said = (text: string) =>
  output({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] })
