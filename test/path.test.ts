/** A downstream path stays below its base URL, for any path and any value. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { path, pathWithin, withQuery } from '../shared/path.ts'

const base = 'https://management.azure.com/arm'

suite('path confinement', () => {
  test('every target is refused or stays below the base URL', () => {
    const hostile = fc.oneof(
      fc.webUrl(),
      fc.string(),
      fc
        .array(fc.constantFrom('..', '.', '%2e%2e', '/', '\\', '@', '#', '?', '//', 'a', ':'))
        .map((parts) => `/${parts.join('')}`),
      fc.string().map((tail) => base + tail),
    )
    fc.assert(
      fc.property(hostile, (target) => {
        let within: string
        try {
          within = pathWithin(base, target)
        } catch {
          return
        }
        const { href, hash, username, password } = new URL(base + within)
        assert.ok(href.startsWith(`${base}/`), href)
        assert.deepEqual([hash, username, password], ['', '', ''])
      }),
      { numRuns: 2000 },
    )
  })

  test('a value stays in its own segment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        let made: string
        try {
          made = path`/a/${value}/b`
        } catch {
          assert.match(value, /^\.{0,2}$/)
          return
        }
        const segments = new URL(base + made).pathname.split('/')
        assert.equal(segments.length, 5)
        assert.equal(decodeURIComponent(segments[3] ?? ''), value)
      }),
    )
  })
})

suite('query parameters', () => {
  test('arrive unchanged, beside those of the path', () => {
    const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean())
    const query = fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), value)
    fc.assert(
      fc.property(query, (asked) => {
        const { searchParams, hash } = new URL(base + withQuery('/things?own=1', asked))
        assert.equal(hash, '')
        const expected = Object.entries(asked).map(([name, it]) => [name, String(it)])
        assert.deepEqual([...searchParams], [['own', '1'], ...expected])
      }),
    )
  })

  const rows: [query: Record<string, string | number | undefined>, path: string][] = [
    [{}, '/me'],
    [{ $top: 5 }, '/me?$top=5'],
    [{ $top: undefined }, '/me'],
    [{ $filter: "name eq 'a b&c'" }, "/me?$filter=name%20eq%20'a%20b%26c'"],
  ]
  for (const [query, expected] of rows) {
    test(`${JSON.stringify(query)} becomes ${expected}`, () => {
      assert.equal(withQuery('/me', query), expected)
    })
  }
})
