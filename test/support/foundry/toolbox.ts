/**
 * A Foundry toolbox in front of one MCP server, as agents meet it (microsoft/azure-skills, toolbox references): it asks
 * for tools without `initialize` and never pings, puts the server's label before each tool's name, gives up after 100 s,
 * and keeps one token for each person who has consented.
 */
import * as z from 'zod'
import type { User } from '../../../local/seed.ts'
import { type HeaderChanges, initializeEra } from '../mcp-request.ts'

/** The toolbox's own JSON-RPC errors. */
export class ToolboxError extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export type ToolboxTool = z.output<typeof listing>['result']['tools'][number]

const listing = z.object({
  result: z.object({
    tools: z.array(
      z.looseObject({ name: z.string(), inputSchema: z.unknown(), outputSchema: z.unknown() }),
    ),
  }),
})

/** @param server the endpoint: a request with the person's token in, its answer out */
export function createToolbox(options: {
  label: string
  server: (request: Request, token: string) => Promise<{ status: number; text: string }>
  /** Where a person consents to the connection. */
  consentLink: string
  headers?: HeaderChanges
}) {
  const { label, server, consentLink, headers = {} } = options
  const tokens = new Map<string, string>()
  const methods: string[] = []

  const ask = async (user: User, message: { method: string; params?: Record<string, unknown> }) => {
    const token = tokens.get(user.oid)
    if (token === undefined) {
      throw new ToolboxError(-32006, sourceError(label, 'CONSENT_REQUIRED', consentLink))
    }
    methods.push(message.method)
    const { status, text } = await server(initializeEra(message, headers), token)
    if (status !== 200) throw new ToolboxError(-32007, sourceError(label, `HTTP_${status}`, text))
    return text
  }

  return {
    /** What it has asked the server so far. */
    methods: methods as readonly string[],
    /** A person has consented to the connection, which then holds this token of that person. */
    consented(user: User, token: string) {
      tokens.set(user.oid, token)
    },
    async list(user: User): Promise<ToolboxTool[]> {
      const { tools } = listing.parse(JSON.parse(await ask(user, { method: 'tools/list' }))).result
      for (const { inputSchema, outputSchema } of tools) {
        refuseCombinations(inputSchema)
        refuseCombinations(outputSchema)
      }
      return tools.map((tool) => ({ ...tool, name: `${label}___${tool.name}` }))
    },
    /** @returns the JSON-RPC answer, as text */
    call(user: User, name: string, args: Record<string, unknown> = {}): Promise<string> {
      const prefix = `${label}___`
      if (!name.startsWith(prefix)) throw new ToolboxError(-32602, `no tool ${name}`)
      const params = { name: name.slice(prefix.length), arguments: args }
      return ask(user, { method: 'tools/call', params })
    },
  }
}

const sourceError = (name: string, code: string, message: string) =>
  `failed for 1 tool source(s) ${JSON.stringify({ errors: [{ name, type: 'mcp', error: { code, message } }] })}`

/** Foundry does not take a tool whose schema combines others. */
function refuseCombinations(schema: unknown): void {
  const found = /"(anyOf|oneOf|allOf)":/.exec(JSON.stringify(schema) ?? '')
  if (found) throw new ToolboxError(-32602, `a schema has ${found[1]}`)
}
