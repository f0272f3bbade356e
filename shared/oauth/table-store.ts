/** Rows in the table that instances share: sealed, bound to their keys, in the partitions of the token cache. */
import { odata, RestError, type TableClient } from '@azure/data-tables'
import type { EncryptionKeys } from '../encryption-keys.ts'
import { rows, unless } from '../token-cache/rows.ts'
import { closeRow, openRow, type Place, type SealedRow } from '../token-cache/sealed-row.ts'
import type * as z from '../zod.ts'
import { OAuthError } from './oauth-error.ts'
import type { Name, Store } from './store.ts'

type Entity = SealedRow & { partitionKey?: string; rowKey?: string; etag?: string }

/** Milliseconds: short, since a person or a client waits. */
const timeLimit = 5_000

/** Functions reject with an {@link OAuthError} `temporarily_unavailable` if the table cannot be reached. */
export function tableStore<Schema extends z.ZodType>(options: {
  client: TableClient
  keys: EncryptionKeys
  schema: Schema
  now: () => number
}): Store<z.output<Schema>> {
  const { client, keys, schema, now } = options
  const { ensured, removeWhere } = rows(client)
  const seal = keys.seal('oauth row')
  // As in the token cache: purging a user deletes their partition, whatever it holds.
  const { all } = keys.mac('token cache index')
  const requestOptions = { requestOptions: { timeout: timeLimit } }

  /** Rows are written under the newest key and found under every key, so that a key rotation ends no sign-in. */
  const placesOf = (partition: Name, row: Name): Place[] => {
    const rowKeys = all(row)
    return all(partition).map((partitionKey, age) => ({ partitionKey, rowKey: rowKeys[age] ?? '' }))
  }
  const open = ({ partitionKey = '', rowKey = '', etag = '', ...row }: Entity) => {
    const expiresAt = row.expiresAt.getTime()
    if (expiresAt <= now()) return undefined
    try {
      const content = openRow(seal, { partitionKey, rowKey }, { schema, row })
      return { content, expiresAt, version: `${rowKey} ${etag}` }
    } catch {
      // Sealed with a key that is gone, or not by us: counts as missing.
      return undefined
    }
  }
  const remove = ({ partitionKey, rowKey }: Place) =>
    client.deleteEntity(partitionKey, rowKey, requestOptions).catch(unless(404))

  return {
    get: (partition, row) =>
      reached(async () => {
        for (const { partitionKey, rowKey } of placesOf(partition, row)) {
          const found = await client
            .getEntity<Entity>(partitionKey, rowKey, requestOptions)
            .catch(unless(404))
          const opened = found && open(found)
          if (opened) return opened
        }
        return undefined
      }),
    list: (partition) =>
      reached(async () => {
        const found = []
        for (const partitionKey of all(partition)) {
          const queryOptions = { filter: odata`PartitionKey eq ${partitionKey}` }
          for await (const it of client.listEntities<Entity>({ queryOptions, ...requestOptions })) {
            found.push(open(it) ?? [])
          }
        }
        return found.flat()
      }).catch(missingTable),
    put: ({ partition, row, content, expiresAt: end, replaces }) =>
      reached(async () => {
        const [place, ...older] = placesOf(partition, row)
        if (!place) return false
        const sealed = closeRow(seal, place, { content, expiresAt: new Date(end) })
        const entity = { ...place, ...sealed }
        const [replacedKey, etag = ''] = replaces?.split(' ') ?? []
        const written = await ensured(() => {
          if (replaces === 'any') return client.upsertEntity(entity, 'Replace', requestOptions)
          // None, or under an older key: new here.
          if (replacedKey !== place.rowKey) return client.createEntity(entity, requestOptions)
          return client.updateEntity(entity, 'Replace', { ...requestOptions, etag })
        }).catch(unless(404, 409, 412))
        if (written === undefined) return false
        if (replaces !== undefined) await Promise.all(older.map(remove))
        return true
      }),
    delete: (partition, row) =>
      reached(async () => {
        await Promise.all(placesOf(partition, row).map(remove))
      }),
    deleteAll: (partition) =>
      reached(async () => {
        for (const name of all(partition)) await removeWhere(odata`PartitionKey eq ${name}`)
      }),
  }
}

async function reached<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    throw new OAuthError('temporarily_unavailable', 'The sign-in cannot be looked up: try again', {
      cause,
    })
  }
}

/** The table does not exist before the first write. */
function missingTable(error: unknown): [] {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof RestError && cause.statusCode === 404) return []
  throw error
}
