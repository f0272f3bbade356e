/** What app settings have to be together, whatever each of them says by itself (setting-values.ts). */
import { encryptionKeys } from './setting-values.ts'

type Environment = Readonly<Record<string, string>>

const credentials = [
  'ENTRA_MANAGED_IDENTITY_CLIENT_ID',
  'ENTRA_CLIENT_CERTIFICATE',
  'ENTRA_CLIENT_SECRET',
]
const tables = ['TOKEN_CACHE_TABLES_URL', 'TOKEN_CACHE_CONNECTION']
/** The second is the name before. */
const keys = ['ENCRYPTION_KEYS', 'TOKEN_CACHE_KEYS']

/** A sentence for each rule that is broken. `present`: without empty settings. */
export function problemsTogether(present: Environment): string[] {
  const count = (names: readonly string[]) => names.filter((name) => name in present).length
  // Set by Azure itself.
  const isInAzure = 'WEBSITE_SITE_NAME' in present
  const rules: [isBroken: boolean, problem: string][] = [
    [count(credentials) !== 1, `Exactly one of ${credentials.join(', ')} must be set`],
    // In Azure an identity or a certificate can be had, and a secret leaks sooner.
    [
      isInAzure && 'ENTRA_CLIENT_SECRET' in present,
      'ENTRA_CLIENT_SECRET is refused in Azure: use ENTRA_MANAGED_IDENTITY_CLIENT_ID',
    ],
    [count(tables) > 1, `Only one of ${tables.join(' and ')} can be set`],
    [
      count(tables) > 0 && count(keys) === 0,
      'ENCRYPTION_KEYS is missing: rows of the table are sealed with it',
    ],
    [
      'OAUTH_CLIENT_ID' in present && count(keys) === 0,
      'ENCRYPTION_KEYS is missing: client ids, codes and refresh tokens of the authorization server are sealed with it',
    ],
    [
      'OAUTH_CLIENT_ID' in present &&
        present.OAUTH_CLIENT_ID?.toLowerCase() === present.ENTRA_CLIENT_ID?.toLowerCase(),
      'OAUTH_CLIENT_ID must be another app registration than ENTRA_CLIENT_ID: Entra refuses an app that asks for a token to itself (AADSTS90009)',
    ],
    [
      'OAUTH_CLIENT_ID' in present &&
        'ENTRA_CLIENT_SECRET' in present !== 'OAUTH_CLIENT_SECRET' in present,
      'OAUTH_CLIENT_SECRET goes with OAUTH_CLIENT_ID and ENTRA_CLIENT_SECRET: each registration has a secret of its own, or none has',
    ],
    ...keys.map((name): [boolean, string] => [
      isInAzure && hasKnownKey(present[name]),
      `${name} holds a key that everybody knows (of local.settings.sample.json, or zeros): make one, as docs/operate.md says`,
    ]),
  ]
  return rules.flatMap(([isBroken, problem]) => (isBroken ? problem : []))
}

/** Keys of 32 bytes that are no secret, in base64url. */
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

/** Of these settings, the ones that hold a reference where Azure should have put a value. */
export const unresolvedReferences = (present: Environment, names: readonly string[]): string[] =>
  names.filter((name) => /^\s*@Microsoft\.(KeyVault|AppConfiguration)\(/i.test(present[name] ?? ''))

export const unresolvedReference =
  'holds a reference that Azure has not resolved: look at Environment variables in the portal, which says why (the name of the secret, the identity’s role “Key Vault Secrets User”, or the vault’s network), then restart the app'
