/**
 * The surroundings of the processes under test: the emulators, Azurite, and users who each may read one subscription, so
 * that every answer identifies its user.
 */
import { randomInt } from 'node:crypto'
import { freePort } from '../../local/ports.ts'
import { clients, directory, type User } from '../../local/seed.ts'
import { startTables } from '../../local/tables.ts'
import { startEmulators } from '../../test/support/emulators.ts'
import { appOrigin } from '../../test/support/entra-client.ts'

export type Person = { user: User; subscription: string }

export type Stage = Awaited<ReturnType<typeof openStage>>

/** Seconds. `usable`: the part of a token's lifetime in which the product uses it. */
export const lives = {
  token: { shortest: 330, longest: 400 },
  usable: { shortest: 30 },
  refreshIn: 15,
  assertion: { shortest: 75, longest: 150 },
}

const crowd = 40

/** Starts all of it on free ports. */
export async function openStage() {
  const people = Array.from({ length: crowd }, (_, index) => personOf(index))
  const users = people.map(({ user }) => user)
  const data = { ...directory(appOrigin), users }
  const subscriptions = people.map(({ user, subscription: id }) => ({
    ...{ id, name: `Of ${user.name}`, currency: 'EUR', readers: [user.oid] },
  }))
  const tablesPort = await freePort()
  const { entra, environment, close } = await startEmulators({ data, subscriptions })
  let tables = await startTables({ port: tablesPort })
  let exchanges = 0

  const varyLives = () => {
    const { shortest, longest } = lives.token
    entra.admin.setLifetimes({
      accessTokenSeconds: randomInt(shortest, longest + 1),
      refreshInSeconds: lives.refreshIn,
    })
  }
  varyLives()

  return {
    people,
    settings: {
      ...environment,
      RATE_LIMIT_PER_MINUTE: '1000000',
      TOKEN_CACHE_CONNECTION: tables.connection,
    },
    varyLives,
    rotateEntraKeys: () => entra.admin.rotateKeys(),
    /** An access token. @param seconds its lifetime */
    signIn: ({ user }: Person, seconds: number) =>
      entra.admin.forgeToken({
        user: user.oid,
        client: clients.public.clientId,
        expiresIn: seconds,
      }),
    /** The exchanges so far. Call it often: Entra's log keeps only a thousand requests. */
    exchanges() {
      exchanges += entra.admin.requests({ kind: 'on_behalf_of' }).length
      entra.admin.clearRequests()
      return exchanges
    },
    stopTables: () => tables.close(),
    /** The table is empty then, since Azurite runs in memory. */
    async restartTables() {
      tables = await startTables({ port: tablesPort })
    },
    async close() {
      await Promise.all([close(), tables.close()])
    },
  }
}

function personOf(index: number): Person {
  const digits = String(index).padStart(12, '0')
  const name = `Person${index}`
  return {
    user: {
      oid: `e0000000-0000-4000-8000-${digits}`,
      upn: `${name.toLowerCase()}@contoso.example`,
      name,
      enabled: true,
      mayConsent: true,
    },
    subscription: `60000000-0000-4000-8000-${digits}`,
  }
}
