/** Requests as MCP clients of both protocol eras send them, and what a test reads of the answers. Judges nothing. */
import * as z from 'zod'
import { appOrigin } from './entra-client.ts'

export const costUrl = `${appOrigin}/mcp/cost`

/** Undefined takes a header away. */
export type HeaderChanges = Record<string, string | undefined>

export type Message = { method: string; params?: Record<string, unknown> }

/** A client that would begin with `initialize`; ours need not have. */
export function initializeEra({ method, params = {} }: Message, changes: HeaderChanges = {}) {
  return post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }), changes)
}

/** Protocol 2026-07-28: every request says of itself what it is (headers and `_meta`). */
export function statelessEra({ method, params = {} }: Message, changes: HeaderChanges = {}) {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  }
  const body = { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }
  return post(JSON.stringify(body), {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(typeof params.name === 'string' ? { 'mcp-name': params.name } : {}),
    ...changes,
  })
}

export function post(body: string, changes: HeaderChanges = {}): Request {
  const headers = new Headers({
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  })
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) headers.delete(name)
    else headers.set(name, value)
  }
  return new Request(costUrl, { method: 'POST', headers, body })
}

/** The two eras by name, for tests that hold in both. */
export const eras = [
  ['the initialize era', initializeEra],
  ['2026-07-28', statelessEra],
] as const

const refusal = z.strictObject({
  error: z.string(),
  error_description: z.string(),
  reference: z.uuid(),
  claims: z.string().optional(),
})
/** The body of a refusal over HTTP; fails for any other. */
export const refusalOf = (text: string) => refusal.parse(JSON.parse(text))

const rpcError = z.object({
  jsonrpc: z.literal('2.0'),
  error: z.object({ code: z.number(), message: z.string() }),
})
export const rpcErrorOf = (text: string) => rpcError.parse(JSON.parse(text)).error

const toolResult = z.object({
  result: z.object({
    content: z.tuple([z.object({ type: z.literal('text'), text: z.string() })]),
    structuredContent: z.record(z.string(), z.unknown()).optional(),
    isError: z.boolean().default(false),
  }),
})
/** What a model reads of a call. */
export function toolResultOf(text: string) {
  const { content, structuredContent, isError } = toolResult.parse(JSON.parse(text)).result
  return { isError, text: content[0].text, data: structuredContent }
}

/** The parameters of a Bearer challenge (RFC 9110 §11.2), all of ours quoted. */
export function challengeOf(headers: Headers): Record<string, string> {
  const header = headers.get('www-authenticate') ?? ''
  if (!header.startsWith('Bearer ')) return {}
  return Object.fromEntries(
    [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  )
}
