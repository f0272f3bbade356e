/** Different callers, scopes and assertions never share an entry, for any values. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { TableClient } from '@azure/data-tables'
import fc from 'fast-check'
import { cachedExchange } from '../shared/token-cache/cached-exchange.ts'
import { revocations } from '../shared/token-cache/revocations.ts'
import { rows } from '../shared/token-cache/rows.ts'
import { tokenTable } from '../shared/token-cache/token-table.ts'
import { callerOf, keysOf, type Parts, scopeOf, tokenOf } from './support/cache-parts.ts'
import { keyA } from './support/shared-cache.ts'

const { now } = Date

/** Texts that would collide in a careless concatenation. */
const text = fc.oneof(
  fc.constantFrom('', '"', '","', '\\', '\\"', '|', '[', '],[', ',', '\0', ' ', 'null', '\ud800'),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.uuid(),
)
const parts = fc.tuple(text, text, text, text, text, text)
/** Pairs that are equal, or differ in the boundary between two parts, or in one part only. */
const pair = fc
  .tuple(parts, parts, fc.nat(4), fc.nat(8), fc.constantFrom('other', 'moved', 'one'))
  .map(([one, other, at, length, kind]): [Parts, Parts] => {
    if (kind === 'other') return [one, other]
    const changed: Parts = [...one]
    if (kind === 'one') changed[at] = other[at] ?? ''
    else {
      changed[at] = `${one[at]}${one[at + 1]?.slice(0, length)}`
      changed[at + 1] = one[at + 1]?.slice(length) ?? ''
    }
    return [one, changed]
  })

const isSame = (one: readonly string[], other: readonly string[]) =>
  one.every((part, index) => part === other[index])

suite('different callers, scopes and assertions never share an entry', () => {
  const keys = keysOf(keyA)
  const place = (of: Parts) =>
    tokenTable({
      ...{ keys, app: [of[5]], rows: rows(new TableClient('https://table.example', 'none')) },
      ...{ spare: async () => undefined, report: () => {} },
    }).placeOf(callerOf(of), scopeOf(of))

  test('in the table', () => {
    fc.assert(
      fc.property(pair, ([one, other]) => {
        const [mine, theirs] = [place(one), place(other)]
        assert.equal(mine.rowKey === theirs.rowKey, isSame(one, other))
        const sameUser = isSame(one.slice(0, 2), other.slice(0, 2))
        assert.equal(mine.partitionKey === theirs.partitionKey, sameUser)
        for (const name of Object.values(mine)) assert.match(name, /^[\w-]{43}$/)
      }),
      { numRuns: 2_000 },
    )
  })

  test('in a process', async () => {
    let exchanges = 0
    const { onBehalfOf } = cachedExchange({
      exchange: async () => tokenOf(`token ${exchanges++}`),
      table: undefined,
      now,
    })
    await fc.assert(
      fc.asyncProperty(pair, async ([one, other]) => {
        // One process is one client of Entra, so its id is not part of the key.
        const served = [one, other].map((of) => onBehalfOf(callerOf(of), scopeOf(of)))
        const [mine, theirs] = (await Promise.all(served)).map(({ token }) => token)
        assert.equal(mine === theirs, isSame(one.slice(0, 5), other.slice(0, 5)))
        const again = await onBehalfOf(callerOf(one), scopeOf(one))
        assert.equal(again.token, mine)
      }),
      { numRuns: 2_000 },
    )
  })

  test('a purge of one user does not affect another', async () => {
    const nothing = { shared: undefined, report: () => {}, now }
    await fc.assert(
      fc.asyncProperty(pair, async ([one, other]) => {
        const marks = revocations({ keys: keysOf(keyA), ...nothing })
        await marks.mark(callerOf(one))
        const refused = await marks.check({ ...callerOf(other), iat: 0 }).then(
          () => false,
          () => true,
        )
        assert.equal(refused, isSame(one.slice(0, 2), other.slice(0, 2)))
      }),
    )
  })
})
