/**
 * A JSON-RPC message as clients write it, read as the protocol means it: `null` or `""` where nothing is meant, a
 * call's arguments as text. Judges nothing: whatever else is wrong with a message is the SDK's to refuse.
 */
import { isObject, parseJson } from '../json.ts'

export function readMessage(message: unknown): unknown {
  if (!isObject(message)) return message
  const { params, ...rest } = message
  if (params === null) return rest
  if (message.method !== 'tools/call' || !isObject(params)) return message
  const args = readArguments(params.arguments)
  return args === params.arguments ? message : { ...rest, params: { ...params, arguments: args } }
}

function readArguments(args: unknown): unknown {
  if (args === null || args === '') return {}
  const parsed = typeof args === 'string' ? parseJson(args) : undefined
  return isObject(parsed) && !Array.isArray(parsed) ? parsed : args
}
