/**
 * How this app proves itself to Entra, in MSAL's configuration: a client authentication made once from settings.
 * Which one is a setting (settings.ts); what is asked with it is on-behalf-of.ts's.
 */
import type { NodeAuthOptions } from '@azure/msal-node'
import type { ClientCertificate } from '../client-certificate.ts'
import { singleFlight } from '../resilience/single-flight.ts'
import type { ClientCredentialSetting } from '../settings.ts'
import { azureIdentity } from './azure-identity.ts'
import { EntraOutage } from './network.ts'

export type ClientCredential = Pick<
  NodeAuthOptions,
  'clientAssertion' | 'clientCertificate' | 'clientSecret'
>

export function clientCredential(
  setting: ClientCredentialSetting,
  options: { authorityHost: string; now: () => number },
): ClientCredential {
  switch (setting.kind) {
    case 'secret':
      return { clientSecret: setting.secret.reveal() }
    case 'certificate':
      return { clientCertificate: configured(setting.certificate) }
    case 'managed_identity':
      return { clientAssertion: managedIdentityAssertion(setting.clientId, options) }
  }
}

const configured = ({ thumbprintSha256, chain, privateKey }: ClientCertificate) => ({
  thumbprintSha256,
  x5c: chain,
  privateKey: privateKey.reveal(),
})

/** The audience that a federated identity credential of an app registration expects, in each cloud its own. */
const tokenExchange = (authorityHost: string) => {
  const { hostname } = new URL(authorityHost)
  const cloud = hostname.endsWith('.us') ? 'USGov' : hostname.endsWith('.cn') ? 'China' : ''
  return `api://AzureADTokenExchange${cloud}/.default`
}

/** Milliseconds. */
const renewBefore = 5 * 60_000

/** MSAL asks for it on every exchange, and no user should wait for the identity's endpoint that often. */
function managedIdentityAssertion(
  clientId: string,
  { authorityHost, now }: { authorityHost: string; now: () => number },
) {
  const identity = azureIdentity(clientId)
  let held: { token: string; expiresOnTimestamp: number } | null | undefined
  const flight = singleFlight<void>()

  const ask = async () => {
    held = await identity.getToken(tokenExchange(authorityHost)).catch((cause: unknown) => {
      throw new EntraOutage('no token of the managed identity', { cause })
    })
  }
  return async () => {
    if (held && now() < held.expiresOnTimestamp - renewBefore) return held.token
    await flight(ask)
    return held?.token ?? ''
  }
}
