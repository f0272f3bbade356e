/**
 * The encryption keys (of the token cache and of what is handed to clients), made here and put into the vault by ARM: a Contributor may write a secret that
 * way, and not read one, and it works behind the vault's firewall. Keys that are there are left alone. The value goes
 * into one request and nowhere else.
 */
import { randomBytes } from 'node:crypto'
import type { TokenCredential } from '@azure/identity'

/** @returns a sentence about what was done */
export async function makeCacheKeys(options: {
  /** Base URL of ARM. */
  resourceManager: string
  vaultId: string
  functionAppId: string
  credential: TokenCredential
  fetch?: typeof globalThis.fetch
  now?: () => number
}): Promise<string> {
  const { vaultId, functionAppId, now = Date.now } = options
  const send = sender(options)
  const secret = `${vaultId}/secrets/token-cache-keys?api-version=2023-07-01`
  if ((await send('GET', secret, [200, 404])) === 200) {
    return 'The encryption keys are in the vault already.'
  }
  const kid = new Date(now()).toISOString().slice(0, 7)
  const keys = [{ kid, key: randomBytes(32).toString('base64url') }]
  const properties = { value: JSON.stringify(keys), contentType: 'application/json' }
  await send('PUT', secret, [200, 201], { properties })
  // The app has looked for them in vain when it was made; without this it looks again within a day.
  const references = `${functionAppId}/config/configreferences/appsettings/refresh`
  await send('POST', `${references}?api-version=2024-04-01`, [200, 202, 204])
  return `The encryption keys are made (${kid}) and in the vault.`
}

type Options = Parameters<typeof makeCacheKeys>[0]

function sender({ resourceManager, credential, fetch = globalThis.fetch }: Options) {
  const base = resourceManager.replace(/\/$/, '')
  return async (method: string, path: string, expected: readonly number[], body?: unknown) => {
    const token = await credential.getToken(`${base}/.default`)
    if (!token) throw new Error('No account is signed in: azd auth login')
    const { status } = await fetch(`${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${token.token}`, 'content-type': 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(30_000),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (expected.includes(status)) return status
    // Not what ARM says: it may repeat what was sent.
    throw new Error(`Azure Resource Manager answers ${status} to ${method} ${path}`)
  }
}
