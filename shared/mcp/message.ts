/**
 * Normalizes what clients write in a JSON-RPC message: `null` or `""` for nothing, and a call's arguments as JSON text.
 * The SDK refuses all else that is invalid.
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
  // PHP encodes an empty object as a list.
  const isEmptyList = Array.isArray(args) && args.length === 0
  if (args === null || args === '' || isEmptyList) return {}
  const parsed = typeof args === 'string' ? parseJson(args) : undefined
  return isObject(parsed) && !Array.isArray(parsed) ? parsed : args
}
