/** The function app's settings for the local stack, which replace those of the environment. */
import sample from '../../local.settings.sample.json' with { type: 'json' }
import { clients, tenantId } from '../seed.ts'
import { SettingsError } from '../settings-file.ts'

export type Parts = {
  app: string
  entra: string
  /** Base URLs by app setting. */
  baseUrls: Readonly<Record<string, string>>
  tables: { connection: string }
  /** The authorization server that clients use: the app's own in front of Entra, or Entra. */
  authorization: Authorization
}

export type Authorization = 'server' | 'entra'

/** Reads LOCAL_AUTHORIZATION. @throws SettingsError */
export function authorizationSetting(): Authorization {
  const { LOCAL_AUTHORIZATION: wanted = '' } = process.env
  if (wanted === '') return 'server'
  if (wanted !== 'entra') throw new SettingsError('LOCAL_AUTHORIZATION must be entra or unset.')
  return wanted
}

/** Sets `process.env`. Deletes all settings that the app reads first, so that none of a real tenant's remain. */
export function useLocalSettings(parts: Parts): void {
  const { no_proxy, NO_PROXY = no_proxy } = process.env
  for (const name of Object.keys(process.env).filter(isAppSetting)) delete process.env[name]
  Object.assign(process.env, {
    ...localSettings(parts),
    TOKEN_CACHE_CONNECTION: parts.tables.connection,
    // The stack is on this machine: no proxy may take its requests.
    NO_PROXY: [NO_PROXY, 'localhost', '127.0.0.1'].filter(Boolean).join(),
  })
}

/** The app's settings without the table. */
export function localSettings(parts: Omit<Parts, 'tables'>): Record<string, string> {
  const { app, entra, baseUrls, authorization } = parts
  return {
    ENTRA_TENANT_ID: tenantId,
    ENTRA_CLIENT_ID: clients.api.clientId,
    ENTRA_AUTHORITY_HOST: entra,
    ENTRA_CLIENT_SECRET: clients.api.secret,
    PUBLIC_BASE_URL: app,
    ...baseUrls,
    // The same on every start, so that clients stay registered. The app refuses this sample key on Azure.
    ENCRYPTION_KEYS: sample.Values.ENCRYPTION_KEYS,
    ...(authorization === 'server' && {
      OAUTH_CLIENT_ID: clients.signIn.clientId,
      OAUTH_CLIENT_SECRET: clients.signIn.secret,
    }),
  }
}

/** RATE_LIMIT_PER_MINUTE stays, for load tests. By WEBSITE_… the app would conclude that it runs on Azure. */
const isAppSetting = (name: string) =>
  /^(ENTRA_|OAUTH_|TOKEN_CACHE_|WEBSITE_|AzureWebJobs)|_BASE_URL$|^(ADMIN_KEY|ALLOWED_ORIGINS|STEP_UP_AUTH_CONTEXT|ENCRYPTION_KEYS|PORT|no_proxy)$/.test(
    name,
  )
