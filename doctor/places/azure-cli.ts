/** Tokens of the account that is signed in with `az login`. */
import { AzureCliCredential } from '@azure/identity'
import { NotSeen, type Subject } from '../check.ts'

/** @throws NotSeen, with the command to sign in, when the Azure CLI gets no token */
export function azureCli(tenantId: string | undefined): Pick<Subject, 'administrator' | 'person'> {
  const token = async (scope: string, toLook: string) => {
    const credential = new AzureCliCredential(tenantId ? { tenantId } : {})
    const found = await credential.getToken(scope).catch(() => null)
    if (found) return found.token
    throw new NotSeen(toLook)
  }
  const signIn = `az login${tenantId ? ` --tenant ${tenantId}` : ''}`
  return {
    administrator: (scope) =>
      token(scope, `The Azure CLI is not signed in. Sign in as an administrator: ${signIn}`),
    person: (scope) =>
      token(
        scope,
        `The Azure CLI gets no token for ${scope}. Pre-authorize its client id ${azureCliClientId} (Expose an API, Authorized client applications), then run: ${signIn} --scope ${scope}`,
      ),
  }
}

/** A Microsoft first-party id, the same in every tenant. */
const azureCliClientId = '04b07795-8ddb-461a-bbee-02f9e1bf7b46'
