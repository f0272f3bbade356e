/** The peers' settings, the same as the product's, and the announcement of their address. */
import type { AddressInfo } from 'node:net'

const setting = (name: string) => process.env[name] ?? ''

export const tenantId = setting('ENTRA_TENANT_ID')
export const clientId = setting('ENTRA_CLIENT_ID')
export const clientSecret = setting('ENTRA_CLIENT_SECRET')
export const authority = `${setting('ENTRA_AUTHORITY_HOST')}/${tenantId}`
export const arm = setting('ARM_BASE_URL')
export const armScope = 'https://management.azure.com/user_impersonation'

/** Prints the endpoint's URL, for which the harness waits. */
export function announce(server: { address: () => AddressInfo | string | null }): void {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  console.log(`http://localhost:${port}/mcp/cost`)
}
