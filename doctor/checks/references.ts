/** Whether Azure resolved the Key Vault references in the app settings. */
import type { Check } from '../check.ts'

export const referencesCheck: Check = {
  name: 'key_vault_references',
  title: 'Key Vault references',
  async look({ references }) {
    const unresolved = (await references()).filter(({ status }) => status !== 'Resolved')
    return unresolved.map(({ setting, status }) => ({
      seen: `${setting} is not resolved: ${status}`,
      expected: 'Resolved',
      who: 'operator',
      how: causeOf[status] ?? causeOfOthers,
    }))
  },
}

const causeOfOthers =
  'Environment variables in the portal say why: the secret’s name, the identity’s role, or the vault’s network. Correct it, then restart the app'

/** https://learn.microsoft.com/azure/app-service/app-service-key-vault-references */
const causeOf: Readonly<Record<string, string>> = {
  AccessToKeyVaultDenied:
    'Assign the role Key Vault Secrets User on the vault to the app’s managed identity, and allow the app’s subnet in the vault’s firewall; then restart the app',
  SecretNotFound: 'Create the secret in the vault (azd provision does), then restart the app',
  VaultNotFound: 'Correct the vault’s name in the setting, then restart the app',
  MSINotEnabled:
    'Assign the managed identity to the function app, and set keyVaultReferenceIdentity to it',
}
