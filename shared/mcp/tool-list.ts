/**
 * `tools/list`, prepared once for each set of app roles that matters. Every tool is in it, in the order of the
 * endpoint; one that the caller's user lacks a role for says so, since hiding it would hide the way to get it.
 */
import type { ListToolsResult } from '@modelcontextprotocol/server'
import type { Caller } from '../entra/caller.ts'
import { roleSentence } from './result.ts'
import type { Tool } from './tool.ts'

export function toolList(tools: readonly Tool[]): (caller: Caller) => ListToolsResult {
  const rolesThatMatter = [
    ...new Set(tools.flatMap(({ access }) => access.roles.map(({ value }) => value))),
  ]
  const prepared = new Map<string, ListToolsResult>()

  return (caller) => {
    const key = JSON.stringify(rolesThatMatter.filter((role) => caller.roles.has(role)))
    const known = prepared.get(key)
    if (known) return known
    const list = { tools: tools.map((tool) => entry(tool, tool.access.missing(caller).roles)) }
    prepared.set(key, list)
    return list
  }
}

function entry(tool: Tool, missingRoles: readonly string[]): ListToolsResult['tools'][number] {
  const { name, description, effect, inputSchema, outputSchema } = tool
  return {
    name,
    description:
      missingRoles.length > 0 ? `${description} ${roleSentence(missingRoles)}` : description,
    inputSchema,
    outputSchema,
    annotations: { readOnlyHint: effect === 'reads', openWorldHint: true },
  }
}
