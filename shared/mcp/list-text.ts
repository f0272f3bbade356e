/**
 * The text of `tools/list`, written once for a list that comes again instead of for each request. The SDK answers all
 * the same, with every check of the request, but from an empty list; the text that it wrote of the whole one before is
 * put in that place. Each era has a form of its own, and so its own texts.
 */
import type { ListToolsResult } from '@modelcontextprotocol/server'
import { at, parseJson } from '../json.ts'

type List = () => ListToolsResult | Promise<ListToolsResult>

/** Answers by `serve`, which is given the list to answer with. A list is known by its identity. */
export type ServeList = (list: List, serve: (list: List) => Promise<Response>) => Promise<Response>

export function listTexts(): ServeList {
  const served = new WeakSet<ListToolsResult>()
  const texts = new WeakMap<ListToolsResult, string>()
  return async (list, serve) => {
    let asked: ListToolsResult | undefined
    const answer = await serve(async () => {
      asked = await list()
      return texts.has(asked) ? { ...asked, tools: [] } : asked
    })
    if (!asked || !answer.ok) return answer
    const known = texts.get(asked)
    // What is listed for one request only is not worth keeping.
    if (known === undefined && !served.has(asked)) {
      served.add(asked)
      return answer
    }
    const text = await answer.text()
    if (known !== undefined)
      return new Response(
        text.replace(room, () => known),
        answer,
      )
    const tools = at(parseJson(text), 'result', 'tools')
    if (Array.isArray(tools)) texts.set(asked, `"tools":${JSON.stringify(tools)}`)
    return new Response(text, answer)
  }
}

/** Within a string, an id for instance, the quotes would be escaped. */
const room = '"tools":[]'
