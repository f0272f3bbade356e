/** An azd deployment, found by its environment (.azure/<name>/mcp-clients.json). Reads its settings from Azure. */
import { randomBytes } from 'node:crypto'
import { AzureCliCredential, type TokenCredential } from '@azure/identity'
import { endpoints } from '../../functions/endpoints.ts'
import type { ClientValues } from '../../infra/clients/values.ts'
import { defaultValuesFile, readValues } from '../../infra/foundry/arguments.ts'
import { AzureRefusal, azureApi } from '../../infra/foundry/azure-api.ts'
import { arm } from '../../shared/downstreams.ts'
import * as z from '../../shared/zod.ts'
import { type Environment, NotSeen, type Reference, type Subject } from '../check.ts'
import { subjectOf } from '../subject.ts'
import { azureCli } from './azure-cli.ts'

/** The deployment at `origin`, or that of azd's default environment; undefined when there is none. */
export async function deployment(origin: string | undefined): Promise<Subject | undefined> {
  const file = await defaultValuesFile()
  if (file === undefined) return undefined
  const values = await readValues(file)
  const own = new URL(values.endpoints[0]?.url ?? values.issuer).origin
  if (origin !== undefined && origin !== own) return undefined
  const { environment, references } = settingsOf(values)
  return subjectOf({
    ...{ origin: own, endpoints, holdsCredential: false, publicClientId: values.clientId },
    ...{ environment, references },
    ...azureCli(values.tenantId),
  })
}

const version = 'api-version=2024-04-01'
const settingsList = z.object({ properties: z.record(z.string(), z.string()) })
/** https://learn.microsoft.com/rest/api/appservice/web-apps/get-app-settings-key-vault-references */
const referenceList = z.object({
  value: z.array(z.object({ name: z.string(), properties: z.object({ status: z.string() }) })),
})

/** Reads the function app's settings with the account of `az login`. @throws NotSeen when Azure refuses */
export function settingsOf(
  values: Pick<ClientValues, 'tenantId' | 'functionAppId' | 'issuer'>,
  credential: TokenCredential = new AzureCliCredential({ tenantId: values.tenantId }),
  baseUrl = armOf(values.issuer),
): Pick<Subject, 'environment' | 'references'> {
  const { functionAppId } = values
  const arm = azureApi({
    ...{ name: 'Azure Resource Manager', baseUrl, credential },
    scope: `${armOf(values.issuer)}/.default`,
  })
  const read = async <T extends z.ZodType>(method: 'GET' | 'POST', path: string, answer: T) => {
    if (functionAppId === undefined)
      throw new NotSeen('The function app is not known: run azd provision')
    try {
      const request = { method, path: `${functionAppId}${path}?${version}`, answer }
      return await arm({ step: 'read the app settings', ...request })
    } catch (error) {
      if (!(error instanceof AzureRefusal)) throw error
      throw new NotSeen(
        `${error.message}. As Website Contributor: az login --tenant ${values.tenantId}`,
      )
    }
  }
  const references = async () =>
    (await read('GET', '/config/configreferences/appsettings', referenceList)).value.map(
      ({ name, properties }) => ({ setting: name.split('/').at(-1) ?? name, ...properties }),
    )
  return {
    references,
    async environment() {
      const [{ properties }, resolved] = await Promise.all([
        read('POST', '/config/appsettings/list', settingsList),
        references(),
      ])
      return { ...withoutReferences(properties, resolved), WEBSITE_SITE_NAME: functionAppId }
    },
  }
}

/** Secrets stay in the vault: a valid stand-in replaces each resolved reference. */
function withoutReferences(properties: Environment, references: readonly Reference[]): Environment {
  const resolved = references.filter(({ status }) => status === 'Resolved')
  const standIns = resolved.map(({ setting }) => standIn[setting] ?? [setting, 'in the vault'])
  const names = new Set(resolved.map(({ setting }) => setting))
  const others = Object.entries(properties).filter(([name]) => !names.has(name))
  return Object.fromEntries([...others, ...standIns])
}

const keys = JSON.stringify([{ kid: 'vault', key: randomBytes(32).toString('base64url') }])
const standIn: Readonly<Record<string, [name: string, value: string]>> = {
  ENCRYPTION_KEYS: ['ENCRYPTION_KEYS', keys],
  TOKEN_CACHE_KEYS: ['TOKEN_CACHE_KEYS', keys],
  ADMIN_KEY: ['ADMIN_KEY', 'in-the-vault'],
}

/** ARM's base URL in the tenant's cloud. */
function armOf(issuer: string): string {
  const { hostname } = new URL(issuer)
  const { resource, nationalClouds } = arm.definition
  const clouds = { us: 'AzureUSGovernment', cn: 'AzureChinaCloud' }
  const cloud = Object.entries(clouds).find(([domain]) => hostname.endsWith(`.${domain}`))?.[1]
  return nationalClouds?.[cloud ?? ''] ?? resource
}
