/**
 * Starts the local stack in this process (Azurite: a child of it): the emulators and, if wanted, the function
 * app. All of it or nothing. Writes no file and prints nothing.
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

/** 0: any free one. */
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
 * The app reads the environment once: one stack with `app` per process.
 * @param options.app false where something else serves the functions on `ports.app`, such as `func start`
 * @throws an error with a person's sentence when a port is taken; nothing is left running then
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
  /** Starts the app again when a source changes. */
  watch?: boolean
  /** Of the app. */
  authorization?: Authorization
  /** The Entra emulator serves https with it. */
  tls?: LocalCertificates | undefined
  /** Told where everything is before the app answers: who finds it serving finds the description, too. */
  announce?: (description: Description) => Promise<void>
  /** Told of a part that ends by itself; the others go on. */
  onDeath?: (part: string, how: string) => void
}): Promise<Stack> {
  await using started = new AsyncDisposableStack()
  const keep = <Part extends { close(): Promise<void> }>(part: Part): Part =>
    started.adopt(part, () => part.close())

  // The directory's identifier URIs hold the app's address, so that is settled first.
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
  // Without an API of one's own the port is free for another stack.
  const farSidesPort = apis.length > 0 ? ports.farSides : 0
  const farSides = keep(
    await onPort({ port: farSidesPort, setting: 'LOCAL_FAR_SIDES_PORT' }, (port) =>
      startFarSides({ port, entraOrigin: entra.origin, directory: tenant, apis }),
    ),
  )
  // Only where an endpoint relays it.
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
