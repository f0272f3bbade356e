/**
 * What a check is: it looks at one side of a deployment and returns what is wrong there. What it cannot see it says
 * with {@link NotSeen}; that is no finding. Where settings, rights and addresses come from is for subject.ts.
 */
import type { FixedBy } from '../shared/failure.ts'
import type { EndpointDefinition } from '../shared/mcp/define-endpoint.ts'
import type { Services } from '../shared/services.ts'
import type { Settings } from '../shared/settings.ts'

export type Finding = {
  seen: string
  expected: string
  /** Who can fix it. `operator`: of this server; `administrator`: of the tenant. */
  who: FixedBy
  /** What they do. */
  how: string
}

/** `say`: tells the reader what was seen that is not wrong. */
export type Look = (subject: Subject, say: (note: string) => void) => Promise<Finding[]>

export type Check = {
  /** For `--json`; never changes. */
  name: string
  title: string
  look: Look
}

/** App settings by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** One deployment. The functions throw {@link NotSeen} where the person who runs the doctor may not look. */
export type Subject = {
  /** Origin that clients use, without trailing slash. */
  origin: string
  endpoints: readonly EndpointDefinition[]
  environment: () => Promise<Environment>
  /** The app's own parts, made from its settings. */
  services: () => Promise<Services & { settings: Settings }>
  /** An access token of the administrator who runs the doctor, for an API's scope. */
  administrator: (scope: string) => Promise<string>
  /** An access token for this API, of the person who runs the doctor. */
  person: (scope: string) => Promise<string>
  /** How Azure resolved the Key Vault references among the app's settings. */
  references: () => Promise<readonly Reference[]>
  /** Whether the settings hold what the app proves itself with, so that an exchange can be tried from here. */
  holdsCredential: boolean
  /** The registration of public clients. */
  publicClientId: string | undefined
  fetch: typeof fetch
  /** Milliseconds since 1970. */
  now: () => number
}

/** `status`: Azure's word. */
export type Reference = { setting: string; status: string }

/** Its message says why a check could not run, and what would let it. */
export class NotSeen extends Error {
  override readonly name = 'NotSeen'
}
