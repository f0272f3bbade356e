/** The answers of an emulated API, from its JSON file: the first entry that matches request and user. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import * as z from 'zod'

const answer = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
  /** `/orders/:id` matches any id (URLPattern). The query is ignored. */
  path: z.string().startsWith('/'),
  /** Sign-in name; any user, unless given. */
  user: z.string().optional(),
  status: z.int().min(200).max(599).default(200),
  body: z.unknown().optional(),
})
export type Answers = readonly z.output<typeof answer>[]

/** @throws an Error that names the file and what is wrong with it */
export async function readAnswers(file: URL): Promise<Answers> {
  const name = `local/far-sides/${basename(file.pathname)}`
  const source = await readFile(file, 'utf8').catch(() => {
    throw new Error(`${name} is missing: write [{ "path": "/…", "body": … }]`)
  })
  const parsed = z.array(answer).safeParse(JSON.parse(source))
  if (parsed.success) return parsed.data
  throw new Error(`${name}: ${z.prettifyError(parsed.error)}`)
}

/** 403 for another user, 405 for another method, 404 for another path. */
export function answerOf(
  answers: Answers,
  { method, path, upn }: { method: string; path: string; upn: string },
): Response {
  const onPath = answers.filter((it) =>
    new URLPattern({ pathname: it.path }).test({ pathname: path }),
  )
  const offered = onPath.filter((it) => it.method === method)
  const found = offered.find(({ user }) => user === undefined || user === upn)
  if (found) return found.body === undefined ? empty(found.status) : json(found.status, found.body)
  if (offered.length > 0) return json(403, { error: 'forbidden' })
  return onPath.length > 0
    ? json(405, { error: 'method_not_allowed' })
    : json(404, { error: 'not_found' })
}

const empty = (status: number) => new Response(null, { status })
const json = (status: number, body: unknown) => Response.json(body, { status })
