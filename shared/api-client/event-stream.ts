/**
 * Reads a stream of events (HTML standard, "Server-sent events") up to the one that is the answer, because a server may
 * leave the stream open.
 */
import { createParser } from 'eventsource-parser'
import { parseJson } from '../json.ts'

/** @returns the text that was read, and the answer's JSON: undefined if the stream ended without it */
export async function readEvents(
  body: AsyncIterable<Uint8Array>,
  isAnswer: (json: unknown) => boolean,
): Promise<{ text: string; json: unknown }> {
  let text = ''
  let json: unknown
  const parser = createParser({
    onEvent({ data }) {
      const event = parseJson(data)
      if (json === undefined && isAnswer(event)) json = event
    },
  })
  const decoder = new TextDecoder()
  for await (const chunk of body) {
    const read = decoder.decode(chunk, { stream: true })
    text += read
    parser.feed(read)
    if (json !== undefined) break
  }
  // Some servers leave out the blank line after the last event.
  parser.feed('\n\n')
  return { text, json }
}
