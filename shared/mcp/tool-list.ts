/**
 * The result of `tools/list`: every tool, in the endpoint's order. A tool whose app role the user lacks is listed too and
 * says how to get the role. Prepared once for each set of app roles that matters. If another server describes the tools,
 * only those that it describes to this caller are listed.
 */
import type { ListToolsResult } from '@modelcontextprotocol/server'
import type { Caller } from '../entra/caller.ts'
import type { Settings } from '../settings.ts'
import type { ToolWords } from './define-endpoint.ts'
import { roleSentence } from './result.ts'
import type { Tool } from './tool.ts'
import { uiMeta } from './ui.ts'

export type ToolList = {
  own: (caller: Caller) => ListToolsResult
  described: (caller: Caller, words: ReadonlyMap<string, ToolWords>) => ListToolsResult
  /** The tools without the other server's descriptions. `why`: a sentence that each description ends with. */
  undescribed: (caller: Caller, why: string) => ListToolsResult
}

export function toolList(tools: readonly Tool[], settings: Settings): ToolList {
  const rolesThatMatter = [
    ...new Set(tools.flatMap(({ access }) => access.roles.map(({ value }) => value))),
  ]
  const prepared = new Map<string, ListToolsResult>()
  const entryFor = (tool: Tool, caller: Caller, words: ToolWords) =>
    entry(tool, words, tool.access.missing(caller, settings).roles)

  return {
    own(caller) {
      const key = JSON.stringify(rolesThatMatter.filter((role) => caller.roles.has(role)))
      const known = prepared.get(key)
      if (known) return known
      const list = { tools: tools.map((tool) => entryFor(tool, caller, tool)) }
      prepared.set(key, list)
      return list
    },
    described: (caller, words) => ({
      tools: tools.flatMap((tool) => {
        const found = words.get(tool.name)
        return found ? entryFor(tool, caller, found) : []
      }),
    }),
    undescribed: (caller, why) => ({
      tools: tools.map((tool) => {
        const description = `${tool.description} ${why}`.trim()
        return entryFor(tool, caller, { ...tool, description })
      }),
      // Not cached, because the reason may end at any time.
      ttlMs: 0,
      cacheScope: 'private',
    }),
  }
}

function entry(
  { name, effect, ui }: Tool,
  { description, inputSchema, outputSchema }: ToolWords,
  missingRoles: readonly string[],
): ListToolsResult['tools'][number] {
  return {
    name,
    description:
      missingRoles.length > 0 ? `${description} ${roleSentence(missingRoles)}` : description,
    inputSchema,
    ...(outputSchema && { outputSchema }),
    annotations: { readOnlyHint: effect === 'reads', openWorldHint: true },
    ...(ui && { _meta: uiMeta(ui) }),
  }
}
