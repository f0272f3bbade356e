/** Rows in the table that instances share: sealed, bound to their place, in the partitions of the token cache. */
import { odata, RestError, type TableClient } from '@azure/data-tables'
import type { EncryptionKeys } from '../encryption-keys.ts'
import { parseJson } from '../json.ts'
import { rows, unless } from '../token-cache/rows.ts'
import type * as z from '../zod.ts'
import { OAuthError } from './oauth-error.ts'
import type { Name, Rows } from './rows.ts'

type Entity = { rowKey?: string; sealed: string; expiresAt: Date; etag?: string }

/** Milliseconds. A person or a client waits. */
const timeLimit = 5_000

/** A table that cannot be reached is an {@link OAuthError} `temporarily_unavailable`. */
export function tableRows<Schema extends z.ZodType>(options: {
  client: TableClient
  keys: EncryptionKeys
  schema: Schema
  now: () => number
}): Rows<z.output<Schema>> {
  const { client, keys, schema, now } = options
  const { ensured, removeWhere } = rows(client)
  const seal = keys.seal('oauth row')
  // As in the token cache: purging a user deletes their partition, whatever it holds. The oldest key names rows.
  const { all } = keys.mac('token cache index')
  const nameOf = (name: Name) => all(name).slice(-1).join()
  const requestOptions = { requestOptions: { timeout: timeLimit } }

  const open = (partitionKey: string, { rowKey = '', sealed, expiresAt, etag = '' }: Entity) => {
    if (expiresAt.getTime() <= now()) return undefined
    try {
      const content = parseJson(seal.open(sealed, [partitionKey, rowKey, expiresAt.toJSON()]))
      return { content: schema.parse(content), version: etag }
    } catch {
      // Of a key that is gone, or not ours: as good as no row.
      return undefined
    }
  }

  return {
    get: (partition, row) =>
      reached(async () => {
        const place = [nameOf(partition), nameOf(row)] as const
        const found = await client.getEntity<Entity>(...place, requestOptions).catch(unless(404))
        return found && open(place[0], found)
      }),
    list: (partition) =>
      reached(async () => {
        const partitionKey = nameOf(partition)
        const queryOptions = { filter: odata`PartitionKey eq ${partitionKey}` }
        const found = []
        for await (const it of client.listEntities<Entity>({ queryOptions, ...requestOptions })) {
          found.push(open(partitionKey, it) ?? [])
        }
        return found.flat()
      }).catch(missingTable),
    put: ({ partition, row, content, expiresAt: end, replaces }) =>
      reached(async () => {
        const partitionKey = nameOf(partition)
        const rowKey = nameOf(row)
        const expiresAt = new Date(end)
        const context = [partitionKey, rowKey, expiresAt.toJSON()]
        const sealed = seal.close(JSON.stringify(content), context)
        const entity = { partitionKey, rowKey, sealed, expiresAt }
        const written = await ensured(() => {
          if (replaces === 'any') return client.upsertEntity(entity, 'Replace', requestOptions)
          if (replaces === undefined) return client.createEntity(entity, requestOptions)
          return client.updateEntity(entity, 'Replace', { ...requestOptions, etag: replaces })
        }).catch(unless(404, 409, 412))
        return written !== undefined
      }),
    delete: (partition, row) =>
      reached(async () => {
        await client.deleteEntity(nameOf(partition), nameOf(row), requestOptions).catch(unless(404))
      }),
    deleteAll: (partition) =>
      reached(async () => {
        await removeWhere(odata`PartitionKey eq ${nameOf(partition)}`)
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

/** A table that nothing was written to yet does not exist. */
function missingTable(error: unknown): [] {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof RestError && cause.statusCode === 404) return []
  throw error
}
