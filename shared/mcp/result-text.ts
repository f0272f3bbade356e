/**
 * Serializes a repeated result once instead of for each request: the tools of a list, the contents of a page. The SDK
 * still checks and answers each request, but with an empty result, into which the text of the first answer is put. Each
 * protocol era needs its own texts, because it writes results in its own form.
 */
import { at, parseJson } from '../json.ts'

/**
 * Returns a function that serves a request; a result that was served before is put in as text. Results are told apart by
 * identity.
 * @param member name of the array in the result that is serialized once
 * @param emptied returns the result with that array empty
 */
export function resultTexts<Result extends object>(
  member: string,
  emptied: (result: Result) => Result,
) {
  const served = new WeakSet<Result>()
  const texts = new WeakMap<Result, string>()
  // Cannot occur within a string, such as an id: its quotes would be escaped.
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
    // A result that is served once is not worth keeping.
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
