/**
 * Starts the local stack in this process (Azurite in a child process): the emulators and, optionally, the function app.
 * When a part fails to start, stops the others.
 */
import { randomBytes } from 'node:crypto'
import permissions from '../../infra/permissions.json' with { type: 'json' }
import { startAzure } from '../azure/server.ts'
import { startEntra } from '../entra/server.ts'
import { farSidesOf, farSideUrls, hasNotes, localBaseUrls } from '../far-sides/base-urls.ts'
import { startFarSides } from '../far-sides/server.ts'
import { startFunctionApp } from '../function-app.ts'
import type { LocalCertificates } from '../https/certificates.ts'
import { startNotes } from '../notes/server.ts'
import { freePort, onPort } from '../ports.ts'
import { directory, subscriptions } from '../seed.ts'
import { startTables } from '../tables.ts'
import { type Description, describe } from './description.ts'
import { type Authorization, useLocalSettings } from './settings.ts'
import { startWatchedApp } from './watched-app.ts'

/** 0: any free port. */
export type Ports = {
  app: number
  entra: number
  azure: number
  farSides: number
  notes: number
  tables: number
}

export type Stack = Description & { close(): Promise<void> }

/**
 * The app reads the environment once, so a process can start one stack with `app`.
 * @param options.app false when another host, such as `func start`, serves the functions on `ports.app`
 * @throws SettingsError when a port is taken
 */
export async function startStack({
  ports,
  app,
  watch = false,
  authorization = 'server',
  tls,
  announce = async () => {},
  onDeath = () => {},
}: {
  ports: Ports
  app: boolean
  /** Restarts the app when a source changes. */
  watch?: boolean
  /** The app's authorization server. */
  authorization?: Authorization
  /** Makes the Entra emulator serve https. */
  tls?: LocalCertificates | undefined
  /** Called before the app answers, so that scripts that wait for the app find the description. */
  announce?: (description: Description) => Promise<void>
  /** Called when a part ends by itself; the others keep running. */
  onDeath?: (part: string, how: string) => void
}): Promise<Stack> {
  await using started = new AsyncDisposableStack()
  const keep = <Part extends { close(): Promise<void> }>(part: Part): Part =>
    started.adopt(part, () => part.close())

  // First, since the directory's identifier URIs contain the app's address.
  const appPort = ports.app || (await freePort())
  const appOrigin = `http://localhost:${appPort}`
  const tenant = directory(appOrigin)
  const entra = keep(
    await onPort({ port: ports.entra, setting: 'LOCAL_ENTRA_PORT' }, (port) =>
      startEntra({ port, directory: tenant, tls }),
    ),
  )
  const azure = keep(
    await onPort({ port: ports.azure, setting: 'LOCAL_AZURE_PORT' }, (port) =>
      startAzure({ port, directory: tenant, entraOrigin: entra.origin, subscriptions }),
    ),
  )
  const apis = farSidesOf(permissions)
  // Without other APIs, leave the port to another stack.
  const farSidesPort = apis.length > 0 ? ports.farSides : 0
  const farSides = keep(
    await onPort({ port: farSidesPort, setting: 'LOCAL_FAR_SIDES_PORT' }, (port) =>
      startFarSides({ port, entraOrigin: entra.origin, directory: tenant, apis }),
    ),
  )
  // Only when an endpoint relays to it.
  const notes = hasNotes(permissions)
    ? keep(
        await onPort({ port: ports.notes, setting: 'LOCAL_NOTES_PORT' }, (port) =>
          startNotes({ port, directory: tenant, entraOrigin: entra.origin }),
        ),
      )
    : undefined
  const tables = keep(
    await onPort({ port: ports.tables, setting: 'LOCAL_TABLES_PORT' }, (port) =>
      startTables({ port, onDeath: (how) => onDeath('Tables (Azurite)', how) }),
    ),
  )
  const adminKey = randomBytes(24).toString('base64url')
  const urls = farSideUrls(permissions, { farSides: farSides.origin, notes: notes?.url ?? '' })
  const parts = { app: appOrigin, adminKey, entra, azure, farSides: urls, tables }
  const description = describe(parts)
  await announce(description)
  if (app) {
    const baseUrls = localBaseUrls(permissions, { ...azure, farSides: urls })
    const settings = {
      ...{ app: appOrigin, entra: entra.origin, baseUrls, authorization },
      tables: { connection: tables.connection },
    }
    const prepare = () => useLocalSettings(settings)
    keep(
      await onPort({ port: appPort, setting: 'LOCAL_APP_PORT' }, (port) =>
        watch
          ? startWatchedApp({ port, adminKey, settings })
          : startFunctionApp({ port, adminKey, prepare }),
      ),
    )
  }
  const running = started.move()
  return { ...description, close: () => running.disposeAsync() }
}
