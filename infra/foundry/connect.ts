/**
 * Connects a Foundry project to one MCP endpoint: Foundry's own app registration, its entry in the allow-list, the
 * project's connection with a client secret, and the redirect URI that Foundry creates for it. Changes only what differs,
 * so that a second run changes nothing. The secret goes from Graph into the connection and nowhere else.
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
  /** Changes made or, on a dry run, needed. */
  changes: string[]
  /** Undefined before Foundry has created it. */
  redirectUrl: string | undefined
  /** Of Foundry's registration; undefined on a dry run before it is created. */
  clientId: string | undefined
  consent: string
}

/** Milliseconds. */
const day = 86_400_000
const secretLifetime = 180 * day
/** Renews a secret that expires sooner. */
const secretReserve = 30 * day

/** @throws Missing when something is missing or not permitted */
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
    await change(`creates the app registration "${registration.displayName}"`, async () => {
      own = await registration.make()
    })
  }
  const { id, clientId, redirectUris, secrets } = own ?? notYet
  if (own === undefined || !(await allowed.allows(clientId))) {
    await change('adds it to the allow-list (ENTRA_ALLOWED_CLIENTS; the app restarts)', () =>
      allowed.add(clientId),
    )
  }

  // Our secrets have the connection's name; the connection's metadata says which one it has.
  const ours = secrets.filter(({ displayName }) => displayName === secretName(wish))
  const held = ours.find(({ keyId }) => keyId === before?.metadata.clientSecretKeyId)
  const isFresh = held !== undefined && held.expires.getTime() - now > secretReserve
  const reasons =
    before === undefined
      ? ['it does not exist']
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
        // Unused now. If this fails, the next run removes it as an older one.
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
    changes.push('adds the redirect URI that Foundry then creates')
  }

  // Last, when the connection has the new one.
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

  /** Earlier versions added the secret to the registration of public clients, which must have none. */
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

/** Stands for a registration that does not exist yet, on a dry run. */
const notYet: Registration = { id: '', clientId: '', redirectUris: [], secrets: [] }
const notYetConsented = 'Consent: not granted yet, so each user is asked at first use.'

/** Display name of the connection's secrets. */
const secretName = ({ project, connection }: Wish) =>
  `Foundry ${project.account}/${project.name}/${connection}`

const anotherTarget = (name: string, target: string) =>
  new Missing(
    `The project already has a connection ${name} to ${target}.\nChoose another name (--connection), or delete that connection first.`,
  )

const noRedirectUrl = (name: string) =>
  new Missing(
    `Foundry has not created a redirect URL for the connection ${name} yet.\nRun the command again in a minute.`,
  )

const noFunctionApp = new Missing(
  'mcp-clients.json does not contain the function app: run azd provision to update it.',
)
