/** Runs all checks, independently of each other. */
import { causes } from '../shared/audit.ts'
import { type Check, type Finding, NotSeen, type Subject } from './check.ts'
import { assignmentsCheck } from './checks/assignments.ts'
import { bodyCheck } from './checks/bodies.ts'
import { challengeCheck } from './checks/challenge.ts'
import { clientsCheck } from './checks/clients.ts'
import { consentCheck } from './checks/consent.ts'
import { corsCheck } from './checks/cors.ts'
import { credentialCheck } from './checks/credential.ts'
import { entraCheck } from './checks/entra.ts'
import { exchangeCheck } from './checks/exchange.ts'
import { healthCheck } from './checks/health.ts'
import { metadataCheck } from './checks/metadata.ts'
import { referencesCheck } from './checks/references.ts'
import { registrationCheck } from './checks/registration.ts'
import { serverCheck } from './checks/server.ts'
import { settingsCheck } from './checks/settings.ts'
import { stepUpCheck } from './checks/step-up.ts'

const checks: readonly Check[] = [
  settingsCheck,
  referencesCheck,
  entraCheck,
  healthCheck,
  metadataCheck,
  challengeCheck,
  bodyCheck,
  corsCheck,
  registrationCheck,
  assignmentsCheck,
  stepUpCheck,
  credentialCheck,
  serverCheck,
  clientsCheck,
  consentCheck,
  exchangeCheck,
]

export type Looked = Pick<Check, 'name' | 'title'> & {
  findings: Finding[]
  notes: string[]
  /** Why the check could not run, if it could not. */
  notSeen?: string
}

/** Results in the order of the table above. */
export const examine = (subject: Subject): Promise<Looked[]> =>
  Promise.all(
    checks.map(async ({ name, title, look }) => {
      const notes: string[] = []
      try {
        const findings = await look(subject, (note) => notes.push(note))
        return { name, title, findings, notes }
      } catch (error) {
        const notSeen = error instanceof NotSeen ? error.message : causes(error)
        return { name, title, findings: [], notes, notSeen }
      }
    }),
  )
