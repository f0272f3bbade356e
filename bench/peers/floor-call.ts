/** The floor's call: token check, downstream token, ARM, JSON-RPC by hand. */
import { downstreamToken, subscriptionsOf, verify } from './floor-parts.ts'

/** @returns the response body. @throws an Error for any other message, or a missing scope */
export async function answerCall(authorization: string, body: string): Promise<string> {
  const token = authorization.slice('Bearer '.length)
  const { scopes } = await verify(token)
  const { id, method, params } = JSON.parse(body)
  if (method !== 'tools/call' || params.name !== 'list_subscriptions') throw new Error('unknown')
  if (!scopes.includes('cost.read')) throw new Error('scope')
  const data = await subscriptionsOf(await downstreamToken(token))
  const content = [{ type: 'text', text: JSON.stringify(data) }]
  const isModern = params._meta !== undefined
  const result = {
    ...{ content, structuredContent: data },
    ...(isModern ? { resultType: 'complete' } : {}),
  }
  return JSON.stringify({ jsonrpc: '2.0', id, result })
}
