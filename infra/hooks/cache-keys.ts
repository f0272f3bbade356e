/** azd's first postprovision hook: creates the encryption keys once, as the person who runs azd. */
import { AzureDeveloperCliCredential } from '@azure/identity'
import * as z from 'zod'
import { azureApi } from '../foundry/azure-api.ts'
import { makeCacheKeys } from './make-cache-keys.ts'

/** Outputs of main.bicep, which azd passes to its hooks. */
const outputs = z.object({
  AZURE_TENANT_ID: z.guid(),
  RESOURCE_MANAGER: z.url().transform((url) => url.replace(/\/$/, '')),
  VAULT_ID: z.string().startsWith('/'),
  FUNCTION_APP_ID: z.string().startsWith('/'),
})

const { AZURE_TENANT_ID, RESOURCE_MANAGER, VAULT_ID, FUNCTION_APP_ID } = outputs.parse(process.env)
const said = await makeCacheKeys({
  arm: azureApi({
    name: 'Azure Resource Manager',
    baseUrl: RESOURCE_MANAGER,
    scope: `${RESOURCE_MANAGER}/.default`,
    credential: new AzureDeveloperCliCredential({ tenantId: AZURE_TENANT_ID }),
  }),
  vaultId: VAULT_ID,
  functionAppId: FUNCTION_APP_ID,
})
console.log(said)
