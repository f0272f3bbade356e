/**
 * `tools/list`. Every tool is in it, in the order of the endpoint; one that the caller's user lacks a role for says so,
 * since hiding it would hide the way to get it. Prepared once for each set of app roles that matters, except where
 * another server describes the tools: then those are listed that it describes to this caller.
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
  /** `why`: a sentence; calling a tool shows the way out. */
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
      // Asked for again as soon as the client likes.
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
