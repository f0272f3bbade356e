/**
 * A storage account for finished reports: signed links that need no token, open one blob and expire. They look like
 * service SAS (sv, se, sr, sp, sig), but do not sign its canonical string.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'

export type Blobs = ReturnType<typeof createBlobs>

/** Keeps the last hundred blobs. @param options.base their base URL */
export function createBlobs(options: { base: string; now: () => Date }) {
  const { base, now } = options
  const key = randomBytes(32)
  const contents = new LRUCache<string, string>({ max: 100 })
  const signatureOf = (name: string, expires: string) =>
    createHmac('sha256', key).update(`r\n${expires}\n${name}`).digest('base64')
  return {
    /** @returns a link that works until `validTill`. */
    publish(blob: { name: string; content: string; validTill: Date }): string {
      const { name, content } = blob
      const se = blob.validTill.toISOString()
      contents.set(name, content)
      const query = { sv: '2025-05-05', se, sr: 'b', sp: 'r', sig: signatureOf(name, se) }
      return `${base}/${name}?${new URLSearchParams(query)}`
    },
    get(request: Request): Response {
      const url = new URL(request.url)
      const name = url.pathname.slice(new URL(base).pathname.length + 1)
      const se = url.searchParams.get('se') ?? ''
      const given = Buffer.from(url.searchParams.get('sig') ?? '')
      const expected = Buffer.from(signatureOf(name, se))
      const signed = given.length === expected.length && timingSafeEqual(given, expected)
      if (!signed) return storageError(403, 'AuthenticationFailed', 'Signature did not match.')
      if (now() >= new Date(se)) {
        return storageError(
          403,
          'AuthenticationFailed',
          'Signature not valid in the specified time frame.',
        )
      }
      const content = contents.get(name)
      if (content === undefined) {
        return storageError(404, 'BlobNotFound', 'The specified blob does not exist.')
      }
      return new Response(content, { headers: { 'Content-Type': 'text/csv' } })
    },
  }
}

/** Storage answers in XML, with the code in a header too (Azure Storage, "Status and error codes"). */
const storageError = (status: number, code: string, message: string) =>
  new Response(
    `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
    { status, headers: { 'Content-Type': 'application/xml', 'x-ms-error-code': code } },
  )
