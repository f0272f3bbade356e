/** Tokens of the person who is signed in with `az login`. */
import { AzureCliCredential } from '@azure/identity'
import { NotSeen, type Subject } from '../check.ts'

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
      token(scope, `No signed-in account may read this. Sign in as an administrator: ${signIn}`),
    person: (scope) =>
      token(
        scope,
        `The Azure CLI gets no token for ${scope}. To let it: pre-authorize the client ${azureCliClientId} (Expose an API, Authorized client applications), then ${signIn} --scope ${scope}`,
      ),
  }
}

/** The same in every tenant. */
const azureCliClientId = '04b07795-8ddb-461a-bbee-02f9e1bf7b46'
