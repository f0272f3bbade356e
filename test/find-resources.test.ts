/** KQL that find_resources builds: a caller's values are only ever literals in it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findQuery } from '../functions/resources/find-resources.ts'
import { isOneLine, literal } from '../functions/resources/kql.ts'
import { evaluate, type Table } from '../local/azure/kql/evaluate.ts'
import { parseQuery } from '../local/azure/kql/parser.ts'
import { tokensOf } from '../local/azure/kql/tokens.ts'

/** Texts that the schema of an argument accepts, with many characters of KQL. */
const text = fc
  .oneof(
    fc.string({ minLength: 1, unit: fc.constantFrom(...'\'"\\|@[]()=/ ab\u00e9\u4e2d') }),
    fc.string({ minLength: 1, unit: 'binary' }),
  )
  .filter(isOneLine)
const optional = fc.option(text, { nil: undefined })
const limit = 1

test('a literal is one text with the given value', () => {
  fc.assert(
    fc.property(text, (written) => {
      const [token, ...others] = tokensOf(literal(written))
      assert.deepEqual([token?.kind, token?.value], ['text', written])
      assert.deepEqual(
        others.map(({ kind }) => kind),
        ['end'],
      )
    }),
    { numRuns: 2000 },
  )
})

test('a query has the same words for any texts', () => {
  const wordsOf = (asked: Parameters<typeof findQuery>[0]) =>
    tokensOf(findQuery(asked)).map(({ kind, value }) => (kind === 'text' ? kind : value))
  fc.assert(
    fc.property(
      fc.record({ type: optional, name: optional, location: optional, resourceGroup: optional }),
      (asked) => {
        const plain = Object.entries(asked).map(([name, value]) => [name, value && 'x'])
        const expected = wordsOf({ limit, ...Object.fromEntries(plain) })
        assert.deepEqual(wordsOf({ limit, ...asked }), expected)
      },
    ),
    { numRuns: 1000 },
  )
})

test('a name finds what contains it, and nothing else', () => {
  const columns = ['id', 'name', 'type', 'location', 'resourceGroup', 'subscriptionId', 'tags']
  fc.assert(
    fc.property(text, fc.array(text), (part, names) => {
      const rows = [...names, `a${part}b`].map((name, id) => ({ id, name, tags: {} }))
      const resources: Table = { columns, rows }
      const found = evaluate(parseQuery(findQuery({ limit, name: part })), { resources })
      const expected = rows.filter(({ name }) => name.toLowerCase().includes(part.toLowerCase()))
      assert.deepEqual(
        found.rows.map(({ id }) => id),
        expected.map(({ id }) => id),
      )
    }),
    { numRuns: 500 },
  )
})

test('a tag finds what has it with that value', () => {
  const columns = ['id', 'name', 'type', 'location', 'resourceGroup', 'subscriptionId', 'tags']
  const tagName = text.filter((it) => !it.includes('=') && it !== '__proto__')
  fc.assert(
    fc.property(tagName, text, (name, value) => {
      const rows = [
        { id: 1, tags: { [name]: value } },
        { id: 2, tags: { [name]: `${value}!` } },
      ]
      const resources: Table = { columns, rows }
      const ids = (tag: string) =>
        evaluate(parseQuery(findQuery({ limit, tag })), { resources }).rows.map(({ id }) => id)
      assert.deepEqual(ids(`${name}=${value}`), [1])
      assert.deepEqual(ids(name), [1, 2])
    }),
    { numRuns: 500 },
  )
})
