/**
 * Makes one MCP endpoint a tool of a Foundry project: Foundry's own app registration and its place in the allow-list, the
 * project's connection, the client secret it holds, and the redirect URI that Foundry makes for it. Changes only what is
 * not as it should be, so that a second run changes nothing. The secret goes from Graph into the connection and nowhere
 * else.
 */
import type { TokenCredential } from '@azure/identity'
import { allowList } from './allow-list.ts'
import type { Wish } from './arguments.ts'
import { AzureRefusal, azureApi } from './azure-api.ts'
import { differences, projectConnection, wantedConnection } from './connection.ts'
import { consentLine } from './consent.ts'
import { foundryRegistration, type Registration, readRegistration } from './registration.ts'
import { Missing, remedyOf } from './remedy.ts'

export type Azure = {
  credential: TokenCredential
  /** Base URLs, without trailing slash. */
  arm: string
  graph: string
  now?: () => Date
}

export type Connected = {
  /** What was done or, on a dry run, would be; empty when all is as it should be. */
  changes: string[]
  /** None before Foundry has made it. */
  redirectUrl: string | undefined
  /** Of Foundry's registration; none on a dry run before it is made. */
  clientId: string | undefined
  consent: string
}

const day = 86_400_000
const secretLifetime = 180 * day
/** Renewed when it has less than this left. */
const secretReserve = 30 * day

/** @throws Missing, with a sentence for a person, when something is not there or not allowed */
export async function connectFoundry(wish: Wish, azure: Azure): Promise<Connected> {
  try {
    return await connect(wish, azure)
  } catch (error) {
    if (!(error instanceof AzureRefusal)) throw error
    const { values, project } = wish
    throw remedyOf(error, {
      tenantId: values.tenantId,
      apiClientId: values.apiClientId,
      functionApp: values.functionAppId,
      project: project.id,
    })
  }
}

async function connect(wish: Wish, azure: Azure): Promise<Connected> {
  const { values, endpoint, connection: name, dryRun } = wish
  const { connection, graph, arm } = parties(wish, azure)
  if (values.functionAppId === undefined) throw noFunctionApp
  const allowed = allowList(arm, values.functionAppId)
  const wanted = wantedConnection(values, endpoint)
  const now = (azure.now?.() ?? new Date()).getTime()
  const changes: string[] = []
  const change = async (line: string, act: () => Promise<void>): Promise<void> => {
    changes.push(line)
    if (!dryRun) await act()
  }

  await connection.checkProject()
  const before = await connection.read()
  if (before !== undefined && before.target !== wanted.target) {
    throw anotherTarget(name, before.target)
  }
  const registration = await foundryRegistration(graph, values.apiClientId)
  let own = await registration.read()
  if (own === undefined) {
    await change(`makes the app registration "${registration.displayName}"`, async () => {
      own = await registration.make()
    })
  }
  const { id, clientId, redirectUris, secrets } = own ?? notYet
  if (own === undefined || !(await allowed.allows(clientId))) {
    await change('allows it to call (ENTRA_ALLOWED_CLIENTS; the app restarts)', () =>
      allowed.add(clientId),
    )
  }

  // Secrets of ours bear the connection's name; the connection says which of them it holds.
  const ours = secrets.filter(({ displayName }) => displayName === secretName(wish))
  const held = ours.find(({ keyId }) => keyId === before?.metadata.clientSecretKeyId)
  const isFresh = held !== undefined && held.expires.getTime() - now > secretReserve
  const reasons =
    before === undefined
      ? ['it is not there']
      : [...differences(before, wanted), ...(isFresh ? [] : ['its secret'])]
  const isWritten = reasons.length > 0

  if (isWritten) {
    const why = reasons.join(', ')
    await change(`writes the connection ${name}, with a new client secret (${why})`, async () => {
      const expires = new Date(now + secretLifetime)
      const secret = await registration.addSecret(id, { displayName: secretName(wish), expires })
      try {
        await connection.write(wanted, { clientId, secret })
      } catch (error) {
        // Nothing holds it now; should it stay, the next run removes it as an older one.
        await registration.removeSecret(id, secret).catch(() => {})
        throw error
      }
    })
  }

  const redirectUrl = (isWritten && !dryRun ? await connection.read() : before)?.redirectUrl
  if (redirectUrl) {
    if (!redirectUris.includes(redirectUrl)) {
      await change(`adds the redirect URI ${redirectUrl} to it`, () =>
        registration.setRedirectUris(id, [...redirectUris, redirectUrl]),
      )
    }
  } else {
    if (!dryRun) throw noRedirectUrl(name)
    changes.push('adds the redirect URI that Foundry then makes to it')
  }

  // Last, when the new one is in its place.
  for (const { keyId } of isWritten ? ours : ours.filter((secret) => secret !== held)) {
    await change(`removes the older client secret ${keyId}`, () =>
      registration.removeSecret(id, { keyId }),
    )
  }
  await removeFromPublic()
  return {
    changes,
    redirectUrl: redirectUrl ?? undefined,
    clientId: own?.clientId,
    consent: own ? await consentLine(graph, { ...values, clientId }, endpoint) : notYetConsented,
  }

  /** Earlier versions put the secret into the registration of public clients, which is to have none. */
  async function removeFromPublic() {
    const shared = await readRegistration(graph, values.clientId)
    for (const secret of shared?.secrets ?? []) {
      if (secret.displayName !== secretName(wish)) continue
      await change(`removes the client secret ${secret.keyId} of public clients`, async () => {
        if (shared) await registration.removeSecret(shared.id, secret)
      })
    }
  }
}

function parties({ project, connection }: Wish, { credential, arm, graph }: Azure) {
  const armApi = azureApi({
    name: 'Azure Resource Manager',
    baseUrl: arm,
    scope: 'https://management.azure.com/.default',
    credential,
  })
  const graphApi = azureApi({
    name: 'Microsoft Graph',
    baseUrl: graph,
    scope: 'https://graph.microsoft.com/.default',
    credential,
  })
  return {
    connection: projectConnection(armApi, project.id, connection),
    graph: graphApi,
    arm: armApi,
  }
}

/** On a dry run, of a registration that is not there. */
const notYet: Registration = { id: '', clientId: '', redirectUris: [], secrets: [] }
const notYetConsented = 'Consent: not given yet, so each person is asked at first use.'

/** Names the connection that holds it. */
const secretName = ({ project, connection }: Wish) =>
  `Foundry ${project.account}/${project.name}/${connection}`

const anotherTarget = (name: string, target: string) =>
  new Missing(
    `The project has a connection ${name} to ${target} already.\nChoose another name (--connection), or delete that one in the project first.`,
  )

const noRedirectUrl = (name: string) =>
  new Missing(
    `Foundry has made no redirect URL for the connection ${name} yet.\nRun the command again in a minute.`,
  )

const noFunctionApp = new Missing(
  'mcp-clients.json does not name the function app: azd provision writes it anew.',
)
