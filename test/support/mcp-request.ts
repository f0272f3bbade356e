/** Requests as MCP clients of both protocol eras send them, and what a test reads of the answers. Judges nothing. */
import assert from 'node:assert/strict'
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

/** Protocol 2026-07-28: every request describes itself in headers and `_meta`. */
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
  jsonrpc: z.literal('2.0'),
  id: z.union([z.string(), z.number()]).nullable(),
  error: z.strictObject({
    code: z.number(),
    message: z.string(),
    data: z.strictObject({
      error: z.string(),
      error_description: z.string(),
      reference: z.uuid(),
    }),
  }),
})
/** Parses the body of a refusal over HTTP, a JSON-RPC error; fails for any other body. */
export function refusalOf(text: string) {
  const { id, error } = refusal.parse(JSON.parse(text))
  const { code, message, data } = error
  assert.equal(message, data.error_description)
  return { id, code, ...data }
}

const rpcError = z.object({
  jsonrpc: z.literal('2.0'),
  error: z.object({ code: z.number(), message: z.string() }),
})
export const rpcErrorOf = (text: string) => rpcError.parse(JSON.parse(text)).error

const textBlock = z.object({ type: z.literal('text'), text: z.string() })
const toolResult = z.object({
  result: z.object({
    content: z.tuple([textBlock], textBlock),
    structuredContent: z.record(z.string(), z.unknown()).optional(),
    isError: z.boolean().default(false),
    _meta: z.record(z.string(), z.unknown()).optional(),
  }),
})
/** What a model reads of a call. */
export function toolResultOf(text: string) {
  const { content, structuredContent, isError, _meta } = toolResult.parse(JSON.parse(text)).result
  const [first, ...more] = content
  return {
    isError,
    text: first.text,
    /** Text blocks after the first. */
    more: more.map((it) => it.text),
    data: structuredContent,
    meta: _meta,
  }
}

/** The parameters of a Bearer challenge (RFC 9110 §11.2), all of ours quoted. */
export function challengeOf(headers: Headers): Record<string, string> {
  const header = headers.get('www-authenticate') ?? ''
  if (!header.startsWith('Bearer ')) return {}
  return Object.fromEntries(
    [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  )
}
