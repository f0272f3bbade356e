/** Rules across app settings. setting-values.ts checks each value on its own. */
import { nearMisses } from './near-miss.ts'
import { encryptionKeys } from './setting-values.ts'

type Environment = Readonly<Record<string, string>>

const credentials = [
  'ENTRA_MANAGED_IDENTITY_CLIENT_ID',
  'ENTRA_CLIENT_CERTIFICATE',
  'ENTRA_CLIENT_SECRET',
]
const tables = ['TOKEN_CACHE_TABLES_URL', 'TOKEN_CACHE_CONNECTION']
/** The current name, and the previous one. */
const keys = ['ENCRYPTION_KEYS', 'TOKEN_CACHE_KEYS']

/** One sentence for each broken rule. `present`: without empty settings. */
export function problemsTogether(present: Environment): string[] {
  const count = (names: readonly string[]) => names.filter((name) => name in present).length
  // Set by Azure itself.
  const isInAzure = 'WEBSITE_SITE_NAME' in present
  const rules: [isBroken: boolean, problem: string][] = [
    [count(credentials) !== 1, `Exactly one of ${credentials.join(', ')} must be set`],
    // In Azure an identity or a certificate is available, and a secret leaks more easily.
    [
      isInAzure && 'ENTRA_CLIENT_SECRET' in present,
      'ENTRA_CLIENT_SECRET is refused in Azure: use ENTRA_MANAGED_IDENTITY_CLIENT_ID',
    ],
    [count(tables) > 1, `Only one of ${tables.join(' and ')} can be set`],
    [
      count(tables) > 0 && count(keys) === 0,
      'ENCRYPTION_KEYS is missing: it seals the rows of the table',
    ],
    [
      'OAUTH_CLIENT_ID' in present && count(keys) === 0,
      'ENCRYPTION_KEYS is missing: it seals the client ids, codes and refresh tokens of the authorization server',
    ],
    [
      'OAUTH_CLIENT_ID' in present &&
        present.OAUTH_CLIENT_ID?.toLowerCase() === present.ENTRA_CLIENT_ID?.toLowerCase(),
      'OAUTH_CLIENT_ID must be a different app registration than ENTRA_CLIENT_ID: Entra refuses an app that requests a token for itself (AADSTS90009)',
    ],
    [
      'OAUTH_CLIENT_ID' in present &&
        'ENTRA_CLIENT_SECRET' in present !== 'OAUTH_CLIENT_SECRET' in present,
      'OAUTH_CLIENT_SECRET requires OAUTH_CLIENT_ID and ENTRA_CLIENT_SECRET, and they require it: each registration has its own secret, or neither has one',
    ],
    ...keys.map((name): [boolean, string] => [
      isInAzure && hasKnownKey(present[name]),
      `${name} contains a publicly known key (from local.settings.sample.json, or zeros): generate a key as described in docs/operate.md`,
    ]),
  ]
  return rules.flatMap(([isBroken, problem]) => (isBroken ? problem : []))
}

/** Publicly known keys of 32 bytes, base64url. */
const knownKeys: readonly string[] = [
  Buffer.alloc(32).toString('base64url'),
  Buffer.from('local cache key, not a secret!!!').toString('base64url'),
]

const hasKnownKey = (setting: string | undefined) =>
  encryptionKeys
    .safeParse(setting)
    .data?.some(({ key }) =>
      knownKeys.includes(Buffer.from(key.reveal(), 'base64url').toString('base64url')),
    ) ?? false

/** The settings that still contain a reference, which Azure should have replaced with a value. */
export const unresolvedReferences = (present: Environment, names: readonly string[]): string[] =>
  names.filter((name) => /^\s*@Microsoft\.(KeyVault|AppConfiguration)\(/i.test(present[name] ?? ''))

/** Continues after the name of such a setting. */
export const unresolvedReference =
  'contains a reference that Azure has not resolved: Environment variables in the portal shows why (the name of the secret, the identity’s role “Key Vault Secrets User”, or the vault’s network), then restart the app'

/**
 * One sentence for each name that is no setting and looks like one: a misspelt `ENTRA_ALLOWED_CLIENTS` would leave the
 * app open to every client. `names`: the settings of this app.
 */
export function unknownSettings(present: Environment, names: readonly string[]): string[] {
  const nearMiss = nearMisses(names.filter((name) => !ofOthers.test(name)))
  return Object.keys(present)
    .filter((name) => !names.includes(name) && !ofOthers.test(name))
    .flatMap((name) => {
      const meant = nearMiss(name)
      if (!meant && !prefixes.test(name)) return []
      return `${name} is not a setting of this app, and has no effect${meant ? `: did you mean ${meant}?` : ''}`
    })
}

const prefixes = /^(ENTRA|OAUTH|ENCRYPTION|TOKEN_CACHE|ALLOWED|STEP_UP|RATE_LIMIT)_/
/** Set by the platform or the system, among names that are much like them. */
const ofOthers = /^(PORT|WEBSITE_HOSTNAME|\w+_proxy)$/i
