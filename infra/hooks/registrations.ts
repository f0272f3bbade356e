/** azd's postdown hook: deletes the app registrations, which azd does not, as the person who runs azd. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { AzureDeveloperCliCredential } from '@azure/identity'
import * as z from 'zod'
import { clientValuesSchema } from '../clients/values.ts'
import { AzureRefusal, azureApi } from '../foundry/azure-api.ts'
import { removeRegistrations } from './remove-registrations.ts'

const given = z
  .object({
    AZURE_ENV_NAME: z.string().regex(/^[\w.-]+$/),
    /** An output of the template, which azd removes after deleting all resources. */
    FUNCTION_APP_ID: z.string().optional(),
  })
  .parse(process.env)

const file = `.azure/${given.AZURE_ENV_NAME}/mcp-clients.json`
const path = fileURLToPath(new URL(`../../${file}`, import.meta.url))
const text = await readFile(path, 'utf8').catch(() => undefined)

if (given.FUNCTION_APP_ID) {
  console.error('The function app still exists, so its app registrations stay.')
  process.exitCode = 1
} else if (text === undefined) {
  console.log(
    `There is no ${file}, so no app registration is deleted. If some are left, delete them in Microsoft Entra.`,
  )
} else {
  const values = clientValuesSchema.parse(JSON.parse(text))
  const { tenantId } = values
  const graph = azureApi({
    name: 'Microsoft Graph',
    baseUrl: 'https://graph.microsoft.com',
    scope: 'https://graph.microsoft.com/.default',
    credential: new AzureDeveloperCliCredential({ tenantId }),
  })
  try {
    console.log((await removeRegistrations(values, graph)).join('\n'))
    console.log(
      'Unless azd down ran with --purge, the vault’s name stays taken for a week. See: az keyvault list-deleted',
    )
  } catch (error) {
    if (!(error instanceof Error)) throw error
    console.error(error.message)
    for (const id of error instanceof AzureRefusal ? [values.clientId, values.apiClientId] : []) {
      console.error(`An Application Administrator can do it: az ad app delete --id ${id}`)
    }
    process.exitCode = 1
  }
}
