/**
 * Calls a tool like a client of either era, and checks that the answer belongs to the caller. Another user's answer ends
 * the benchmark.
 */
import type { Pool } from 'undici'
import { ownerMark } from '../far-side/directory.ts'
import type { User } from './users.ts'

export type Era = 'initialize' | '2026-07-28'
export const eras: readonly Era[] = ['initialize', '2026-07-28']

export type Message = { era: Era; method: 'tools/call' | 'tools/list'; tool?: string }

/** @throws an Error for another user's answer */
export type Send = (user: User) => Promise<{ isRight: boolean; body: string }>

/** Prepares what is the same for all users, so that the client costs little. */
export function sender(pool: Pool, path: string, message: Message): Send {
  const body = JSON.stringify(bodyOf(message))
  const headers = headersOf(message)
  const isRight = message.method === 'tools/call' ? isTheirs : isList
  return async (user) => {
    const answer = await pool.request({
      path,
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${user.token}` },
      body,
    })
    const text = await answer.body.text()
    return { isRight: answer.statusCode === 200 && isRight(text, user), body: text }
  }
}

function bodyOf({ era, method, tool = 'list_subscriptions' }: Message) {
  const params = {
    ...(method === 'tools/call' ? { name: tool, arguments: {} } : {}),
    ...(era === '2026-07-28' ? { _meta: meta } : {}),
  }
  return { jsonrpc: '2.0', id: 1, method, params }
}

const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
}

function headersOf({ era, method, tool = 'list_subscriptions' }: Message) {
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(era === 'initialize'
      ? { 'mcp-protocol-version': '2025-06-18' }
      : {
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': method,
          ...(method === 'tools/call' ? { 'mcp-name': tool } : {}),
        }),
  }
}

/** Whether the answer, JSON or an event, has this user's marks. @throws an Error when it has another user's */
function isTheirs(text: string, { oid }: User): boolean {
  const owners = text.match(anyOwner) ?? []
  if (owners.some((owner) => owner !== ownerMark(oid))) {
    throw new Error(`An answer to ${oid} holds ${owners.join(' and ')}`)
  }
  return owners.length > 0
}

const anyOwner = new RegExp(ownerMark('[\\w-]+'), 'g')

const isList = (text: string) => text.includes('"list_subscriptions"') && text.includes('"tools"')
