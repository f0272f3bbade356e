/** Creates what the authorization server and the endpoints share, once, from settings. */
import type { TableClient } from '@azure/data-tables'
import type { EncryptionKeys } from '../encryption-keys.ts'
import type { Authority } from '../entra/authority.ts'
import type { Breaker } from '../entra/breaker.ts'
import { clientCredential } from '../entra/client-credential.ts'
import { type MsalClient, msalClient } from '../entra/msal-client.ts'
import type { OAuthSetting } from '../settings.ts'
import type * as z from '../zod.ts'
import { type Challenges, challengeContent, challenges } from './challenges.ts'
import { type Families, families, familyContent, redeemedContent } from './families.ts'
import { type PublicGet, publicGet } from './public-get.ts'
import { type StepUp, stepUp } from './step-up.ts'
import { memoryStore, type Store } from './store.ts'
import { tableStore } from './table-store.ts'

export type OAuthServices = Pick<OAuthSetting, 'clientId' | 'clients'> & {
  client: MsalClient
  breaker: Breaker
  get: PublicGet
  families: Families
  challenges: Challenges
  stepUp: StepUp
}

/** Once per process. `get`: fetches client id metadata documents. */
export function oauthServices(
  { clientId, credential, clients }: OAuthSetting,
  options: {
    authority: Authority
    authorityHost: string
    breaker: Breaker
    keys: EncryptionKeys
    /** Shared by all instances; none: sign-ins last as long as this process. */
    table: TableClient | undefined
    report: (outcome: string, detail: string) => void
    fetch: typeof fetch
    get?: PublicGet
    now: () => number
  },
): OAuthServices {
  const { authority, authorityHost, breaker, get = publicGet() } = options
  const { keys, table, report, fetch, now } = options
  const storeOf = <Schema extends z.ZodType>(schema: Schema): Store<z.output<Schema>> =>
    table ? tableStore({ client: table, keys, schema, now }) : memoryStore({ now })
  const open = challenges({ store: storeOf(challengeContent), now })
  return {
    ...{ clientId, clients, breaker, get },
    client: msalClient({
      ...{ authority, clientId, fetch, now },
      credential: clientCredential(credential, { authorityHost, now }),
    }),
    families: families({ store: storeOf(familyContent), redeemed: storeOf(redeemedContent), now }),
    challenges: open,
    stepUp: stepUp({ clientId, challenges: open, report }),
  }
}
