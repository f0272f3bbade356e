/**
 * Reads, writes and deletes rows in Table Storage, each within a time limit. sealed-row.ts defines the content of a
 * row, token-table.ts its keys.
 */
import { Readable } from 'node:stream'
import { RestError, type TableClient, type TransactionAction } from '@azure/data-tables'
import { spareTime } from './outage.ts'
import type { Place, SealedRow } from './sealed-row.ts'

export type Rows = {
  /** Runs a task that needs the table. Creates the table first, and again if it was deleted. */
  ensured: <T>(run: () => Promise<T>) => Promise<T>
  read: (place: Place) => Promise<SealedRow | undefined>
  /** Keeps an existing row that expires later. */
  write: (place: Place, row: SealedRow) => Promise<void>
  remove: (place: Place) => Promise<void>
  /** Deletes the rows that match the filter. Can be repeated after a failure. @returns the number deleted */
  removeWhere: (filter: string) => Promise<number>
}

/** Milliseconds. */
const writeTimeout = 5_000
/** Transactions at once: as many as the service accepts without throttling. */
const sideBySide = 32

/** Functions reject with the RestError of the table. */
export function rows(client: TableClient): Rows {
  const within = (timeout: number) => ({ requestOptions: { timeout } })
  let creating: Promise<void> | undefined
  const ready = () => {
    creating ??= client.createTable(within(writeTimeout)).catch((error: unknown) => {
      creating = undefined
      throw error
    })
    return creating
  }
  const removeBatch = async (batch: readonly TransactionAction[]) => {
    const done = await client.submitTransaction([...batch]).catch(unless(404))
    if (done) return
    // A single missing row fails the whole transaction: delete the rows one by one instead.
    for (const [, { partitionKey = '', rowKey = '' }] of batch) {
      await client.deleteEntity(partitionKey, rowKey).catch(unless(404))
    }
  }
  const ensured: Rows['ensured'] = async (run) => {
    await ready()
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof RestError && error.statusCode === 404)) throw error
      creating = undefined
      await ready()
      return run()
    }
  }
  return {
    ensured,
    async read({ partitionKey, rowKey }) {
      const options = within(spareTime)
      const found = await client
        .getEntity<SealedRow>(partitionKey, rowKey, options)
        .catch(unless(404))
      return found && { sealed: found.sealed, expiresAt: found.expiresAt }
    },
    async write(place, row) {
      const options = within(writeTimeout)
      const entity = { ...place, ...row }
      const create = () => client.createEntity(entity, options)
      const created = await ensured(create).catch(unless(409))
      if (created) return
      const { partitionKey, rowKey } = place
      const present = await client
        .getEntity<SealedRow>(partitionKey, rowKey, options)
        .catch(unless(404))
      if (!present || present.expiresAt >= row.expiresAt) return
      // 412: another instance was faster, with an equally fresh token.
      const unchanged = { ...options, etag: present.etag }
      await client.updateEntity(entity, 'Replace', unchanged).catch(unless(404, 412))
    },
    async remove({ partitionKey, rowKey }) {
      const options = within(writeTimeout)
      await client.deleteEntity(partitionKey, rowKey, options).catch(unless(404))
    },
    async removeWhere(filter) {
      const queryOptions = { filter, select: ['partitionKey', 'rowKey'] }
      let removed = 0
      for await (const page of client
        .listEntities({ queryOptions })
        .byPage({ maxPageSize: 1000 })) {
        await Readable.from(batches(page)).forEach(removeBatch, { concurrency: sideBySide })
        removed += page.length
      }
      return removed
    },
  }
}

/** A transaction takes up to 100 rows of one partition. */
function batches(
  rows: readonly { partitionKey?: string; rowKey?: string }[],
): TransactionAction[][] {
  const byPartition = Map.groupBy(rows, ({ partitionKey }) => partitionKey ?? '')
  return [...byPartition].flatMap(([partitionKey, rows]) => {
    const actions = rows.map(
      ({ rowKey = '' }): TransactionAction => ['delete', { partitionKey, rowKey }],
    )
    return Array.from({ length: Math.ceil(actions.length / 100) }, (_, index) =>
      actions.slice(index * 100, index * 100 + 100),
    )
  })
}

/** Turns errors with these HTTP statuses into `undefined`. */
export const unless =
  (...expected: number[]) =>
  (error: unknown): undefined => {
    if (error instanceof RestError && expected.includes(error.statusCode ?? 0)) return
    throw error
  }
