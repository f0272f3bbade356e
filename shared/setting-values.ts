/** Parses the value of a single app setting. Messages continue after the setting's name and never contain its value. */
import { parseClientCertificate } from './client-certificate.ts'
import { parseConnectionString } from './connection-string.ts'
import { parseJson } from './json.ts'
import { isLoopback } from './loopback.ts'
import { redirectUri } from './redirect-uri.ts'
import { Secret } from './secret.ts'
import * as z from './zod.ts'

/** Lower case, as Entra writes GUIDs in tokens. */
export const guid = z
  .string({ error: 'is missing: a GUID' })
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'is not a GUID')
  .toLowerCase()

/** Comma-separated. A list of nothing would mean the same as no list, which allows more. */
const list = <T extends z.ZodType<unknown, string>>(item: T) =>
  z
    .string()
    .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
    .pipe(z.array(item).min(1, 'lists nothing: add a value, or remove the setting'))

/** GUIDs, comma-separated. */
export const guids = list(guid)

/** Normalized as in the URL standard (lower-case host, no default port), without trailing slash. */
export const httpUrl = z
  .string({ error: 'is missing: an https URL' })
  .refine((text) => isSafeUrl(text), 'is not an https URL without query (http: only on loopback)')
  .transform((text) => new URL(text).href.replace(/\/+$/, ''))

/** Scheme, host and port (RFC 6454 §4). */
export const origin = httpUrl.refine(
  (text) => new URL(text).origin === text,
  'must be an origin: no path',
)

/** Origins, comma-separated. */
export const origins = list(origin)

/** An identifier URI as Entra accepts it: any scheme, no trailing slash. */
export const identifierUri = z
  .string()
  .regex(/^[a-z][a-z0-9+.-]*:\/\/[^\s"\\]*[^\s"\\/]$/i, 'is not a URI without trailing slash')

/** May contain a user name and a password. */
export const proxyUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'is not the http or https URL of a proxy',
  )
  .transform((text) => new Secret('proxy URL', text))

/** Of an authentication context in Conditional Access. */
export const authContextId = z
  .string()
  .regex(/^c[1-9]\d?$/, 'is not the id of an authentication context: c1 to c99')

/** How often one user may call one tool per minute. */
export const ratePerMinute = z
  .string()
  .regex(/^[1-9]\d{0,5}$|^1000000$/, 'is not a whole number from 1 to 1,000,000')
  .transform(Number)

/** A client secret. */
export const credential = z.string().transform((text) => new Secret('client credential', text))

/**
 * JSON array of `{"id", "name", "redirectUris"}`: clients of the authorization server that cannot register themselves.
 */
export const oauthClients = json(
  z.array(
    z.strictObject({
      id: z.string().regex(/^[\w.-]{1,200}$/, 'must be letters, digits, dots and hyphens'),
      name: z.string().min(1).max(100),
      redirectUris: z.array(redirectUri).min(1),
    }),
  ),
  ({ issues: [issue] }) =>
    `must be a JSON array of {"id", "name", "redirectUris"}: ${issue?.path.join('.')} ${issue?.message}`,
)

/** A certificate with its private key, PEM. */
export const certificate = z.string().transform((text, context) => {
  const parsed = parseClientCertificate(text)
  return typeof parsed === 'string' ? z.problem(context, parsed) : parsed
})

/** Sent in a header, so visible ASCII only (RFC 9110 §5.5). */
export const headerKey = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII without spaces: it is sent in a header')
  .transform((text) => new Secret('admin key', text))

/** A connection string for the tables of a storage account. */
export const connectionString = z.string().transform((text, context) => {
  const parsed = parseConnectionString(text)
  const url = httpUrl.safeParse(parsed?.endpoint)
  if (parsed && url.success) return { url: url.data, credential: parsed.credential }
  return z.problem(
    context,
    'is not a connection string of a storage account: it needs AccountName and AccountKey (or SharedAccessSignature), and EndpointSuffix (or a TableEndpoint over https; http: only on loopback)',
  )
})

const encryptionKey = z.strictObject({
  kid: z.string().regex(/^[\w.-]{1,64}$/),
  key: z
    .string()
    .regex(/^[\w-]{43}$/)
    .transform((text) => new Secret('encryption key', text)),
})
/** `key`: 32 bytes, base64url. */
export type EncryptionKey = z.output<typeof encryptionKey>

/** Newest first, for AES-256: `[{"kid":"2026-11","key":"<32 bytes, base64url>"}]`. */
export const encryptionKeys = json(
  z
    .tuple([encryptionKey], encryptionKey)
    .refine((keys) => new Set(keys.map(({ kid }) => kid)).size === keys.length),
  () =>
    'must be a JSON array of {"kid", "key"}, newest first: kids that differ, keys of 32 bytes in base64url',
)

function json<T>(schema: z.ZodType<T>, problem: (error: z.ZodError) => string) {
  return z.string().transform((text, context) => {
    const { data, error } = schema.safeParse(parseJson(text))
    return error ? z.problem(context, problem(error)) : data
  })
}

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.username || url.password || url.search || url.hash) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}
