/** A row that was changed is a miss, deleted and audited, and never a token. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Rows } from '../shared/token-cache/rows.ts'
import type { Place, SealedRow } from '../shared/token-cache/sealed-row.ts'
import { tokenTable } from '../shared/token-cache/token-table.ts'
import { callerOf, keysOf, type Parts, scopeOf, tokenOf } from './support/cache-parts.ts'
import { type CacheKeyForTest, keyA, keyB } from './support/shared-cache.ts'

const nameOf = ({ partitionKey, rowKey }: Place) => `${partitionKey} ${rowKey}`
/** A map in place of the table, so that thousands of rows can be tried. */
const inMemory = () => {
  const rows = new Map<string, SealedRow>()
  const table: Rows = {
    ensured: (run) => run(),
    read: async (place) => rows.get(nameOf(place)),
    write: async (place, row) => {
      rows.set(nameOf(place), row)
    },
    remove: async (place) => {
      rows.delete(nameOf(place))
    },
    removeWhere: async () => 0,
  }
  return { rows, table }
}
const levelOf = (
  rows: Rows,
  keys: [CacheKeyForTest, ...CacheKeyForTest[]],
  audited: string[] = [],
) =>
  tokenTable({
    app: ['api'],
    keys: keysOf(...keys),
    rows,
    spare: (run) => run(),
    report: (outcome, detail) => audited.push(`${outcome} ${detail}`),
  })

const alice: Parts = ['tenant', 'alice', 'client', 'scope', 'hash', 'api']
const aliceAgain: Parts = ['tenant', 'alice', 'client', 'scope', 'other hash', 'api']
const bob: Parts = ['tenant', 'bob', 'client', 'scope', 'hash', 'api']

/** Rows of all three, written under key A. */
const written = async () => {
  const { rows, table } = inMemory()
  const level = levelOf(table, [keyA])
  for (const parts of [alice, aliceAgain, bob]) {
    level.write(callerOf(parts), scopeOf(parts), tokenOf(`token of ${parts[1]}`))
  }
  while (rows.size < 3) await new Promise(setImmediate)
  return { rows, table }
}
const { rows, table } = await written()
const at = (of: Parts) => nameOf(levelOf(table, [keyA]).placeOf(callerOf(of), 'scope'))
const rowOf = (of: Parts): SealedRow => {
  const row = rows.get(at(of))
  assert.ok(row)
  return row
}
const honest = { alice: rowOf(alice), aliceAgain: rowOf(aliceAgain), bob: rowOf(bob) }

const assertMiss = async (
  row: SealedRow,
  keys: [CacheKeyForTest, ...CacheKeyForTest[]] = [keyA],
) => {
  rows.set(at(alice), row)
  const audited: string[] = []
  const level = levelOf(table, keys, audited)
  assert.equal(await level.read(callerOf(alice), scopeOf(alice)), undefined)
  assert.equal(rows.has(at(alice)), false, 'it is still there')
  assert.equal(audited.length, 1)
  assert.match(audited[0] ?? '', /^cache_row_rejected ./)
  assert.doesNotMatch(audited[0] ?? '', /token of/)
}
const edited = (sealed: string): SealedRow => ({ ...honest.alice, sealed })

test('an unchanged row is served', async () => {
  rows.set(at(alice), honest.alice)
  const token = await levelOf(table, [keyA]).read(callerOf(alice), scopeOf(alice))
  assert.equal(token?.token.reveal(), 'token of alice')
})

const { sealed } = honest.alice
const character = fc.oneof(
  fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'),
  fc.constantFrom('=', '+', '/', ' ', '\n', '\0', 'é'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
)
const position = fc.nat(sealed.length - 1)
/** The ends of its parts, where base64url has unused bits. */
const ends = [...sealed.matchAll(/.(?=\.|$)/g)].map(({ index }) => index)
const anywhere = fc.oneof(position, fc.constantFrom(...ends))

test('one changed, added or removed character is a miss', async () => {
  await fc.assert(
    fc.asyncProperty(anywhere, character, fc.nat(2), async (index, put, kind) => {
      const taken = kind === 0 ? 0 : 1
      const text = sealed.slice(0, index) + (kind === 2 ? '' : put) + sealed.slice(index + taken)
      fc.pre(text !== sealed)
      await assertMiss(edited(text))
    }),
    { numRuns: 3_000 },
  )
})

test('another last character of any part is a miss', async () => {
  for (const index of ends) {
    for (const put of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      if (put === sealed[index]) continue
      await assertMiss(edited(sealed.slice(0, index) + put + sealed.slice(index + 1)))
    }
  }
})

test('a shortened row is a miss', async () => {
  await fc.assert(
    fc.asyncProperty(position, (length) => assertMiss(edited(sealed.slice(0, length)))),
  )
})

test('a part of another row, of the same user or of another, is a miss', async () => {
  for (const other of [honest.aliceAgain, honest.bob]) {
    const [mine, theirs] = [sealed.split('.'), other.sealed.split('.')]
    for (let choice = 1; choice < 32; choice++) {
      const mixed = mine.map((part, index) => (choice & (1 << index) ? theirs[index] : part))
      if (mixed.join('.') !== sealed) await assertMiss(edited(mixed.join('.')))
    }
    await assertMiss(other)
  }
})

test('a changed expiry in clear is a miss', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), (by) => {
      fc.pre(by !== 0)
      const expiresAt = new Date(honest.alice.expiresAt.getTime() + by)
      return assertMiss({ ...honest.alice, expiresAt })
    }),
  )
})

test('another key of the same name, or an unknown key, is a miss', async () => {
  // The index key is the oldest: the row is still found after the sealing key has changed.
  const sealedByB = inMemory()
  levelOf(sealedByB.table, [keyB, keyA]).write(callerOf(alice), 'scope', tokenOf('token of alice'))
  while (sealedByB.rows.size < 1) await new Promise(setImmediate)
  const [row] = sealedByB.rows.values()
  assert.ok(row)
  await assertMiss(row, [keyA])
  await assertMiss(row, [{ kid: keyB.kid, key: Buffer.alloc(32, 9).toString('base64url') }, keyA])
})
