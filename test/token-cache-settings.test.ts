/** The settings of the token cache: which values are accepted, and which stop the start, by name and never by value. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parseSettings, SettingsError } from '../shared/settings.ts'
import { cacheKey, keyA, keyB } from './support/shared-cache.ts'

const others = {
  ENTRA_TENANT_ID: '11111111-1111-4111-8111-111111111111',
  ENTRA_CLIENT_ID: 'a0000000-0000-4000-8000-00000000000a',
  ENTRA_CLIENT_SECRET: 'the-secret',
}
const url = 'https://contoso.table.core.windows.net'
const connection = 'AccountName=contoso;AccountKey=the-secret;TableEndpoint=https://contoso.example'
const keys = JSON.stringify([keyB, keyA])
const parse = (settings: Record<string, string>) => parseSettings({ ...others, ...settings }, [])

suite('accepted', () => {
  test('by identity, the newest key first', () => {
    const { tokenTable, encryptionKeys } = parse({
      TOKEN_CACHE_TABLES_URL: `${url}/`,
      ENCRYPTION_KEYS: keys,
    })
    assert.deepEqual(tokenTable, { url, credential: { kind: 'identity' } })
    const known = encryptionKeys.map(({ kid, key }) => ({ kid, key: key.reveal() }))
    assert.deepEqual(known, [keyB, keyA])
  })

  test('by connection string', () => {
    const { tokenTable } = parse({ TOKEN_CACHE_CONNECTION: connection, ENCRYPTION_KEYS: keys })
    assert.equal(tokenTable?.url, 'https://contoso.example')
    assert.ok(tokenTable.credential.kind === 'account_key')
    assert.equal(tokenTable.credential.account, 'contoso')
    assert.equal(tokenTable.credential.key.reveal(), 'the-secret')
  })

  const none: [what: string, settings: Record<string, string>][] = [
    ['nothing set', {}],
    ['all of it empty', { TOKEN_CACHE_CONNECTION: '', ENCRYPTION_KEYS: '' }],
    ['keys without a table', { ENCRYPTION_KEYS: keys }],
  ]
  for (const [what, settings] of none) {
    test(`${what}: in memory only`, () => assert.equal(parse(settings).tokenTable, undefined))
  }
})

suite('the name before ENCRYPTION_KEYS', () => {
  const { encryptionKeys, notices } = parse({ TOKEN_CACHE_KEYS: keys })
  const known = encryptionKeys.map(({ kid }) => kid)

  test('is still read, with a notice', () => {
    assert.deepEqual(known, [keyB.kid, keyA.kid])
    assert.match(notices.join(), /^TOKEN_CACHE_KEYS is now called ENCRYPTION_KEYS/)
  })

  test('gives way to the new one, and the notice stays', () => {
    const both = parse({ TOKEN_CACHE_KEYS: keys, ENCRYPTION_KEYS: JSON.stringify([keyA]) })
    assert.deepEqual(
      both.encryptionKeys.map(({ kid }) => kid),
      [keyA.kid],
    )
    assert.equal(both.notices.length, 1)
  })

  test('is named when its value is wrong', () => {
    assert.throws(() => parse({ TOKEN_CACHE_KEYS: 'x' }), /TOKEN_CACHE_KEYS must be a JSON array/)
  })

  test('gives no notice when it is absent', () => {
    assert.deepEqual(parse({ ENCRYPTION_KEYS: keys }).notices, [])
  })
})

suite('refused', () => {
  const withKeys = (text: string) => ({ TOKEN_CACHE_TABLES_URL: url, ENCRYPTION_KEYS: text })
  const list = (...keys: unknown[]) => withKeys(JSON.stringify(keys))
  const rows: [what: string, settings: Record<string, string>, name: RegExp][] = [
    ['a table without keys', { TOKEN_CACHE_TABLES_URL: url }, /ENCRYPTION_KEYS is missing/],
    ['a connection without keys', { TOKEN_CACHE_CONNECTION: connection }, /ENCRYPTION_KEYS/],
    [
      'two tables',
      { ...withKeys(keys), TOKEN_CACHE_CONNECTION: connection },
      /TOKEN_CACHE_TABLES_URL and TOKEN_CACHE_CONNECTION/,
    ],
    [
      'plain http to anywhere',
      { TOKEN_CACHE_TABLES_URL: 'http://the-secret.example', ENCRYPTION_KEYS: keys },
      /TOKEN_CACHE_TABLES_URL is not an https URL/,
    ],
    [
      'a signature in the URL',
      { TOKEN_CACHE_TABLES_URL: `${url}?sig=the-secret`, ENCRYPTION_KEYS: keys },
      /TOKEN_CACHE_TABLES_URL/,
    ],
    ['keys that are no JSON', withKeys('the-secret'), /ENCRYPTION_KEYS must be a JSON array/],
    ['no key', list(), /ENCRYPTION_KEYS/],
    ['one key, not in a list', withKeys(JSON.stringify(keyA)), /ENCRYPTION_KEYS/],
    ['a key without kid', list({ key: keyA.key }), /ENCRYPTION_KEYS/],
    ['a kid without key', list({ kid: 'the-secret' }), /ENCRYPTION_KEYS/],
    ['a kid that is no name', list({ ...keyA, kid: 'the secret' }), /ENCRYPTION_KEYS/],
    ['a short key', list({ kid: 'a', key: keyA.key.slice(1) }), /ENCRYPTION_KEYS/],
    ['a long key', list({ kid: 'a', key: `${keyA.key}A` }), /ENCRYPTION_KEYS/],
    ['a key in base64 with padding', list({ kid: 'a', key: `${keyA.key}=` }), /ENCRYPTION_KEYS/],
    ['one kid for two keys', list(keyA, cacheKey('a', 2)), /ENCRYPTION_KEYS/],
    ['an unknown property', list({ ...keyA, until: 'the-secret' }), /ENCRYPTION_KEYS/],
  ]
  for (const [what, settings, name] of rows) {
    test(what, () => {
      assert.throws(
        () => parse(settings),
        (error) => {
          assert.ok(error instanceof SettingsError)
          assert.match(error.message, name)
          for (const value of ['the-secret', 'the secret', keyA.key, connection]) {
            assert.ok(!error.message.includes(value))
          }
          return true
        },
      )
    })
  }
})
