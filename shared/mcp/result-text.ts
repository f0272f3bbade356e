/**
 * The text of a result that comes again, written once instead of for each request: the tools of a list, the contents of
 * a page. The SDK answers all the same, with every check of the request, but from a result that is empty; the text that
 * it wrote of the whole one before is put in that place. Each era has a form of its own, and so its own texts.
 */
import { at, parseJson } from '../json.ts'

/**
 * Serves by a function that answers, wrapped so that a result which came before is put in as text. A result is known by
 * its identity.
 * @param member of the result, an array: what is written once
 * @param emptied the result with an empty array there
 */
export function resultTexts<Result extends object>(
  member: string,
  emptied: (result: Result) => Result,
) {
  const served = new WeakSet<Result>()
  const texts = new WeakMap<Result, string>()
  // Within a string, an id for instance, the quotes would be escaped.
  const room = `"${member}":[]`
  return async <Args extends unknown[]>(
    answer: (...args: Args) => Result | Promise<Result>,
    serve: (answer: (...args: Args) => Promise<Result>) => Promise<Response>,
  ): Promise<Response> => {
    let asked: Result | undefined
    const response = await serve(async (...args) => {
      asked = await answer(...args)
      return texts.has(asked) ? emptied(asked) : asked
    })
    if (!asked || !response.ok) return response
    const known = texts.get(asked)
    // What is listed for one request only is not worth keeping.
    if (known === undefined && !served.has(asked)) {
      served.add(asked)
      return response
    }
    const text = await response.text()
    if (known !== undefined)
      return new Response(
        text.replace(room, () => known),
        response,
      )
    const whole = at(parseJson(text), 'result', member)
    if (Array.isArray(whole)) texts.set(asked, `"${member}":${JSON.stringify(whole)}`)
    return new Response(text, response)
  }
}
