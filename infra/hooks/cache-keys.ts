/** azd's first postprovision hook: the token cache's keys, made once, as the person who runs azd. */
import { AzureDeveloperCliCredential } from '@azure/identity'
import * as z from 'zod'
import { makeCacheKeys } from './make-cache-keys.ts'

/** Outputs of main.bicep; azd puts them into the environment of its hooks. */
const outputs = z.object({
  AZURE_TENANT_ID: z.guid(),
  RESOURCE_MANAGER: z.url(),
  VAULT_ID: z.string().startsWith('/'),
  FUNCTION_APP_ID: z.string().startsWith('/'),
})

const { AZURE_TENANT_ID, RESOURCE_MANAGER, VAULT_ID, FUNCTION_APP_ID } = outputs.parse(process.env)
const said = await makeCacheKeys({
  resourceManager: RESOURCE_MANAGER,
  vaultId: VAULT_ID,
  functionAppId: FUNCTION_APP_ID,
  credential: new AzureDeveloperCliCredential({ tenantId: AZURE_TENANT_ID }),
})
console.log(said)
