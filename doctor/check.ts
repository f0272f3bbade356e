/**
 * The types of a check, which examines one aspect of a deployment and returns its findings. It throws {@link NotSeen}
 * when it cannot look; that is not a finding. subject.ts supplies settings, tokens and addresses.
 */
import type { FixedBy } from '../shared/failure.ts'
import type { EndpointDefinition } from '../shared/mcp/define-endpoint.ts'
import type { Services } from '../shared/services.ts'
import type { Settings } from '../shared/settings.ts'

export type Finding = {
  seen: string
  expected: string
  /** Who can fix it. `operator` of this server, `administrator` of the tenant. */
  who: FixedBy
  /** What that person does. */
  how: string
}

/** @param say adds a note to the report, for what is not a finding */
export type Look = (subject: Subject, say: (note: string) => void) => Promise<Finding[]>

export type Check = {
  /** Stable name for `--json`. */
  name: string
  title: string
  look: Look
}

/** App settings by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** One deployment. The functions throw {@link NotSeen} when the person who runs the doctor may not read it. */
export type Subject = {
  /** The origin that clients use, without trailing slash. */
  origin: string
  endpoints: readonly EndpointDefinition[]
  environment: () => Promise<Environment>
  /** The app's services, created from its settings. */
  services: () => Promise<Services & { settings: Settings }>
  /** An access token of the administrator who runs the doctor, for an API's scope. */
  administrator: (scope: string) => Promise<string>
  /** An access token for this API, of the person who runs the doctor. */
  person: (scope: string) => Promise<string>
  /** How Azure resolved the Key Vault references among the app's settings. */
  references: () => Promise<readonly Reference[]>
  /** Whether the settings contain the app's credential, so that the doctor can try an exchange. */
  holdsCredential: boolean
  /** Client id of the registration for public clients. */
  publicClientId: string | undefined
  fetch: typeof fetch
  /** Milliseconds since the epoch. */
  now: () => number
}

/** `status` as Azure returns it. */
export type Reference = { setting: string; status: string }

/** Its message says why a check could not run, and what to do about it. */
export class NotSeen extends Error {
  override readonly name = 'NotSeen'
}
