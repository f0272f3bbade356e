/** An app with the settings of the environment and local.settings.json, like that of `npm run serve`. */
import { endpoints } from '../../functions/endpoints.ts'
import { readSettingsFile } from '../../local/settings-file.ts'
import type { Environment, Subject } from '../check.ts'
import { subjectOf } from '../subject.ts'
import { azureCli } from './azure-cli.ts'

/** @param origin defaults to the settings' own */
export async function ownSettings(origin: string | undefined): Promise<Subject> {
  const environment = { ...(await readSettingsFile('local.settings.json')), ...process.env }
  return subjectOf({
    ...{ endpoints, holdsCredential: true, publicClientId: undefined },
    origin: origin ?? originIn(environment),
    environment: async () => environment,
    ...azureCli(environment.ENTRA_TENANT_ID),
    references: async () => [],
  })
}

const originIn = ({ PUBLIC_BASE_URL, PORT = '7071' }: Environment) =>
  (PUBLIC_BASE_URL || `http://localhost:${PORT}`).replace(/\/$/, '')
