/** The function app's settings for the local stack, put in place of whatever the environment holds. */
import sample from '../../local.settings.sample.json' with { type: 'json' }
import { clients, tenantId } from '../seed.ts'
import { SettingsError } from '../settings-file.ts'

export type Parts = {
  app: string
  entra: string
  /** By app setting. */
  baseUrls: Readonly<Record<string, string>>
  tables: { connection: string }
  /** Who signs people in: the app's authorization server in front of Entra, or Entra by itself. */
  authorization: Authorization
}

export type Authorization = 'server' | 'entra'

/** LOCAL_AUTHORIZATION. */
export function authorizationSetting(): Authorization {
  const { LOCAL_AUTHORIZATION: wanted = '' } = process.env
  if (wanted === '') return 'server'
  if (wanted !== 'entra') throw new SettingsError('LOCAL_AUTHORIZATION must be entra, or not set.')
  return wanted
}

/** A real tenant's settings must not leak into the local stack: all that the app reads go first. */
export function useLocalSettings(parts: Parts): void {
  const { no_proxy, NO_PROXY = no_proxy } = process.env
  for (const name of Object.keys(process.env).filter(isAppSetting)) delete process.env[name]
  Object.assign(process.env, {
    ...localSettings(parts),
    TOKEN_CACHE_CONNECTION: parts.tables.connection,
    // All of it is on this machine, whatever proxy a company has.
    NO_PROXY: [NO_PROXY, 'localhost', '127.0.0.1'].filter(Boolean).join(),
  })
}

/** Those of the app, the table apart. */
export function localSettings(parts: Omit<Parts, 'tables'>): Record<string, string> {
  const { app, entra, baseUrls, authorization } = parts
  return {
    ENTRA_TENANT_ID: tenantId,
    ENTRA_CLIENT_ID: clients.api.clientId,
    ENTRA_AUTHORITY_HOST: entra,
    ENTRA_CLIENT_SECRET: clients.api.secret,
    PUBLIC_BASE_URL: app,
    ...baseUrls,
    // The sample's, on every start: what clients have registered stays good. Azure refuses it.
    ENCRYPTION_KEYS: sample.Values.ENCRYPTION_KEYS,
    ...(authorization === 'server' && {
      OAUTH_CLIENT_ID: clients.signIn.clientId,
      OAUTH_CLIENT_SECRET: clients.signIn.secret,
    }),
  }
}

/** RATE_LIMIT_PER_MINUTE stays, for load tests. WEBSITE_…: what Azure sets, and the app takes as a sign of being there. */
const isAppSetting = (name: string) =>
  /^(ENTRA_|OAUTH_|TOKEN_CACHE_|WEBSITE_|AzureWebJobs)|_BASE_URL$|^(ADMIN_KEY|ALLOWED_ORIGINS|STEP_UP_AUTH_CONTEXT|ENCRYPTION_KEYS|PORT|no_proxy)$/.test(
    name,
  )
