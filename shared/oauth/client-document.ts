/**
 * Client id metadata documents (draft-ietf-oauth-client-id-metadata-document): the client id is an https URL, and the
 * document there describes the client. Cached as its headers allow, for an hour at most; a failure for half a minute,
 * so that a made-up URL cannot make this server flood another host. The number of concurrent fetches is limited.
 */
import { LRUCache } from 'lru-cache'
import { parseJson } from '../json.ts'
import * as z from '../zod.ts'
import type { OAuthClient } from './client.ts'
import { OAuthError } from './oauth-error.ts'
import type { PublicGet } from './public-get.ts'
import { clientName, redirectUris } from './registration.ts'

/** @throws an {@link OAuthError}: `invalid_client`, or `temporarily_unavailable` if the document cannot be fetched */
export type ClientDocuments = (url: string) => Promise<OAuthClient>

/** Milliseconds. */
const longestKept = 60 * 60_000
const failureKept = 30_000
/** Strangers choose the URLs. Beyond the limit: `temporarily_unavailable`. */
const fetchedAtOnce = 20

/** One cache per process, of at most 1,000 documents. */
export function clientDocuments({ get }: { get: PublicGet }): ClientDocuments {
  const documents = new LRUCache<string, Promise<OAuthClient>>({ max: 1_000 })

  let fetching = 0
  const read = async (url: string): Promise<{ client: OAuthClient; kept: number }> => {
    const { status, headers, text } = await get(url).catch((cause: unknown) => {
      throw new OAuthError('temporarily_unavailable', unreadable, { cause })
    })
    if (status !== 200) throw new OAuthError('temporarily_unavailable', unreadable)
    // The draft's §5: any other content type is an error, so that a host of uploads publishes no clients.
    if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
      throw new OAuthError(
        'invalid_client',
        'The document at the client id is not application/json',
      )
    }
    const document = schema.safeParse(parseJson(text))
    if (!document.success) throw new OAuthError('invalid_client', problemOf(document.error))
    const { client_id, client_name: name, redirect_uris: redirectUris } = document.data
    // Proves that the host publishes this id.
    if (client_id !== url) {
      throw new OAuthError(
        'invalid_client',
        'The document at the client id names another client id',
      )
    }
    const { host } = new URL(url)
    const client: OAuthClient = {
      ...{ id: url, name: name || host, redirectUris },
      origin: { kind: 'document', host },
    }
    return { client, kept: maxAge(headers['cache-control']) }
  }

  return async (url) => {
    const known = documents.get(url)
    if (known) return known
    const problem = urlProblem(url)
    if (problem) throw new OAuthError('invalid_client', `The client id ${problem}`)
    if (fetching >= fetchedAtOnce) throw new OAuthError('temporarily_unavailable', busy)
    const keep = (milliseconds: number) => {
      if (milliseconds === 0) documents.delete(url)
      else documents.set(url, reading, { ttl: milliseconds })
    }
    fetching += 1
    const reading = read(url)
      .finally(() => {
        fetching -= 1
      })
      .then(
        ({ client, kept }) => {
          keep(kept)
          return client
        },
        (error: unknown) => {
          keep(failureKept)
          throw error
        },
      )
    documents.set(url, reading)
    return reading
  }
}

const unreadable = 'The document at the client id cannot be read'
const busy = 'Too many applications are being looked up at the moment: try again'

const schema = z.object({
  client_id: z.string(),
  client_name: clientName.default(''),
  redirect_uris: redirectUris,
  token_endpoint_auth_method: z
    .literal('none', { error: 'must be none: this server takes public clients' })
    .default('none'),
})

const problemOf = ({ issues: [issue] }: z.ZodError) =>
  `The document at the client id is not valid: ${issue?.path.join('.')} ${issue?.message}`.slice(
    0,
    300,
  )

/** The draft's §3: a path, no fragment, no credentials, in normalized form. */
function urlProblem(text: string): string | undefined {
  const url = URL.parse(text)
  if (url?.protocol !== 'https:') return 'is not an https URL'
  if (url.href !== text) return 'is not in the normalized form of a URL'
  if (url.username || url.password || text.includes('#')) return 'has credentials or a fragment'
  if (url.pathname === '/') return 'has no path'
  return undefined
}

/** Milliseconds (RFC 9111 §5.2.2). */
function maxAge(cacheControl: string | undefined): number {
  if (cacheControl === undefined) return longestKept
  if (/\bno-(store|cache)\b/i.test(cacheControl)) return 0
  const [, seconds] = /\bmax-age=(\d{1,9})\b/i.exec(cacheControl) ?? []
  return seconds === undefined ? longestKept : Math.min(Number(seconds) * 1000, longestKept)
}
