/** App settings, parsed once; every problem in one message, by name and never by value. */
import { z } from 'zod'
import { Secret } from './secret.ts'

export type ClientCredentialSetting =
  | { kind: 'managed_identity'; clientId: string }
  | { kind: 'certificate'; pem: Secret<'client credential'> }
  | { kind: 'secret'; secret: Secret<'client credential'> }

export type Settings = {
  tenantId: string
  /** Client id of this API's app registration: the only accepted `aud`. */
  clientId: string
  /** Origins and base URLs, all without trailing slash. */
  authorityHost: string
  publicBaseUrl: string
  armBaseUrl: string
  graphBaseUrl: string
  credential: ClientCredentialSetting
  /** Prefix of scopes in metadata and challenges; each endpoint's own URL when absent. */
  appIdUri: string | undefined
  /** Accepted `azp` values; empty: any client of the tenant. */
  allowedClients: ReadonlySet<string>
}

export class SettingsError extends Error {
  constructor(problems: readonly string[]) {
    super(`The app settings are not complete:\n${problems.map((it) => `  ${it}`).join('\n')}`)
    this.name = 'SettingsError'
  }
}

/** Throws a {@link SettingsError} that lists every problem. An empty setting counts as absent. */
export function parseSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value))
  // Each value by itself, and what they are together: a wrong one hides no other problem.
  const values = schema.safeParse(present)
  const problems = values.error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
  const together = problemsTogether(present)
  if (values.success && together.length === 0) return settingsOf(values.data)
  throw new SettingsError([...(problems ?? []), ...together])
}

const guid = z
  .string({ error: 'is missing: a GUID' })
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'is not a GUID')
  .toLowerCase()

const httpUrl = z
  .string()
  .refine((text) => isSafeUrl(text), 'is not an https URL without query (http: only on loopback)')
  .transform((text) => text.replace(/\/+$/, ''))

const origin = httpUrl.refine((text) => new URL(text).origin === text, 'must be an origin: no path')

const schema = z.object({
  ENTRA_TENANT_ID: guid,
  ENTRA_CLIENT_ID: guid,
  ENTRA_AUTHORITY_HOST: origin.default('https://login.microsoftonline.com'),
  ENTRA_MANAGED_IDENTITY_CLIENT_ID: guid.optional(),
  ENTRA_CLIENT_CERTIFICATE: z
    .string()
    .refine((pem) => isCertificateWithKey(pem), 'must hold a PEM certificate and its private key')
    .optional(),
  ENTRA_CLIENT_SECRET: z.string().optional(),
  ENTRA_APP_ID_URI: z
    .string()
    .regex(/^[a-z][a-z0-9+.-]*:\/\/[^\s"\\]*[^\s"\\/]$/i, 'is not a URI without trailing slash')
    .optional(),
  ENTRA_ALLOWED_CLIENTS: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((id) => id.trim() || []))
    .pipe(z.array(guid)),
  PUBLIC_BASE_URL: origin.optional(),
  ARM_BASE_URL: httpUrl.default('https://management.azure.com'),
  GRAPH_BASE_URL: httpUrl.default('https://graph.microsoft.com'),
  WEBSITE_HOSTNAME: z.string().optional(),
  PORT: z.string().regex(/^\d+$/, 'is not a port').default('7071'),
})

const credentials = [
  'ENTRA_MANAGED_IDENTITY_CLIENT_ID',
  'ENTRA_CLIENT_CERTIFICATE',
  'ENTRA_CLIENT_SECRET',
]

function problemsTogether(present: Readonly<Record<string, unknown>>): string[] {
  const problems = []
  if (credentials.filter((name) => name in present).length !== 1) {
    problems.push(`Exactly one of ${credentials.join(', ')} must be set`)
  }
  // Azure sets WEBSITE_SITE_NAME; there an identity or a certificate is to be had, and a secret leaks sooner.
  if ('ENTRA_CLIENT_SECRET' in present && 'WEBSITE_SITE_NAME' in present) {
    problems.push('ENTRA_CLIENT_SECRET is refused in Azure: use ENTRA_MANAGED_IDENTITY_CLIENT_ID')
  }
  return problems
}

const settingsOf = (env: z.output<typeof schema>): Settings => ({
  tenantId: env.ENTRA_TENANT_ID,
  clientId: env.ENTRA_CLIENT_ID,
  authorityHost: env.ENTRA_AUTHORITY_HOST,
  publicBaseUrl: env.PUBLIC_BASE_URL ?? defaultBaseUrl(env),
  armBaseUrl: env.ARM_BASE_URL,
  graphBaseUrl: env.GRAPH_BASE_URL,
  credential: credentialOf(env),
  appIdUri: env.ENTRA_APP_ID_URI,
  allowedClients: new Set(env.ENTRA_ALLOWED_CLIENTS),
})

function credentialOf(env: z.output<typeof schema>): ClientCredentialSetting {
  const { ENTRA_CLIENT_CERTIFICATE: pem, ENTRA_CLIENT_SECRET: secret } = env
  if (pem) return { kind: 'certificate', pem: new Secret('client credential', pem) }
  if (secret) return { kind: 'secret', secret: new Secret('client credential', secret) }
  return { kind: 'managed_identity', clientId: env.ENTRA_MANAGED_IDENTITY_CLIENT_ID ?? '' }
}

const defaultBaseUrl = (env: { WEBSITE_HOSTNAME?: string | undefined; PORT: string }) =>
  env.WEBSITE_HOSTNAME ? `https://${env.WEBSITE_HOSTNAME}` : `http://localhost:${env.PORT}`

export const isLoopback = (url: URL): boolean =>
  ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.username || url.password || url.search || url.hash) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}

const isCertificateWithKey = (pem: string) =>
  /-----BEGIN CERTIFICATE-----/.test(pem) && /-----BEGIN (\w+ )?PRIVATE KEY-----/.test(pem)
