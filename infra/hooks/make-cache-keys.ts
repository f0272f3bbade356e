/**
 * Creates the encryption keys (of the token cache and of what clients get) in the vault, unless it has them. Writes them
 * through ARM: a Contributor may write a secret that way, but not read one, and it works behind the vault's firewall. The
 * value is in one request and nowhere else.
 */
import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import { type AzureApi, AzureRefusal } from '../foundry/azure-api.ts'

/**
 * @returns a line about what was done
 * @throws AzureRefusal
 */
export async function makeCacheKeys(options: {
  arm: AzureApi
  /** Resource ids. */
  vaultId: string
  functionAppId: string
  now?: () => number
}): Promise<string> {
  const { arm, vaultId, functionAppId, now = Date.now } = options
  const path = `${vaultId}/secrets/token-cache-keys?api-version=2023-07-01`
  const answer = z.unknown()
  const exists = await arm({ step: 'find the encryption keys', method: 'GET', path, answer }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof AzureRefusal && error.status === 404) return false
      throw error
    },
  )
  if (exists) return 'The vault has the encryption keys already.'
  const kid = new Date(now()).toISOString().slice(0, 7)
  const keys = [{ kid, key: randomBytes(32).toString('base64url') }]
  const body = { properties: { value: JSON.stringify(keys), contentType: 'application/json' } }
  await arm({ step: 'write the encryption keys', method: 'PUT', path, body, answer })
  // The new app did not find them. Without this it looks again within a day.
  const references = `${functionAppId}/config/configreferences/appsettings/refresh`
  await arm({
    ...{ step: 'refresh the Key Vault references', method: 'POST', answer },
    path: `${references}?api-version=2024-04-01`,
  })
  return `The vault has new encryption keys (${kid}).`
}
