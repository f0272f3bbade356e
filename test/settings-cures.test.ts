/** Settings with common mistakes: clear ones are repaired, the others are named with the cure, never with the value. */
import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import { inspect } from 'node:util'
import sample from '../local.settings.sample.json' with { type: 'json' }
import { arm, graph } from '../shared/downstreams.ts'
import { parseSettings, SettingsError } from '../shared/settings.ts'
import { selfSignedCertificate } from './support/certificate.ts'

type Environment = Record<string, string>
const others: Environment = {
  ENTRA_TENANT_ID: '11111111-1111-4111-8111-111111111111',
  ENTRA_CLIENT_ID: 'a0000000-0000-4000-8000-00000000000a',
}
const withSecret = { ...others, ENTRA_CLIENT_SECRET: 'the-client-secret' }
const withIdentity = { ...others, ENTRA_MANAGED_IDENTITY_CLIENT_ID: others.ENTRA_CLIENT_ID ?? '' }
const parse = (environment: Environment) => parseSettings(environment, [arm, graph])

const own = selfSignedCertificate()
const other = selfSignedCertificate()
const pem = own.certificate + own.privateKey
const oneLine = (text: string) => text.trimEnd().replaceAll('\n', ' ')

suite('repaired certificates', () => {
  const rows: [what: string, text: string][] = [
    ['newlines escaped', pem.replaceAll('\n', '\\n')],
    ['newlines escaped as CRLF', pem.replaceAll('\n', '\\r\\n')],
    ['CRLF', pem.replaceAll('\n', '\r\n')],
    ['newlines that became spaces', oneLine(pem)],
    ['newlines lost', pem.replaceAll('\n', '')],
    ['in quotes, indented', `"\n${pem.replaceAll(/^/gm, '    ')}\n"`],
    ['with openssl’s bag attributes', `Bag Attributes\n  localKeyID: 01\n${pem}`],
    ['the key first', own.privateKey + own.certificate],
    ['the chain first', other.certificate + own.certificate + own.privateKey],
  ]
  for (const [what, text] of rows) {
    test(what, () => {
      const { credential } = parse({ ...others, ENTRA_CLIENT_CERTIFICATE: text })
      assert.ok(credential.kind === 'certificate')
      const { certificate } = credential
      assert.equal(certificate.thumbprintSha256.toLowerCase(), own.thumbprintSha256)
      assert.ok(certificate.chain.startsWith(own.certificate))
      assert.equal(certificate.privateKey.reveal(), own.privateKey)
      assert.ok(!inspect(credential, { depth: 9 }).includes('PRIVATE KEY'))
    })
  }
})

const key = createPrivateKey(own.privateKey)
const passphrase = { cipher: 'aes-256-cbc', passphrase: 'x', format: 'pem' } as const
const encrypted = key.export({ ...passphrase, type: 'pkcs8' }).toString()
const encryptedOld = key.export({ ...passphrase, type: 'pkcs1' }).toString()
const { privateKey: elliptic } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
/** The beginning of one (RFC 7292 §4), and bytes. */
const pfx = Buffer.concat([Buffer.from('308209d0020103', 'hex'), randomBytes(600)])
const broken = own.privateKey.replace(/.{64}/, 'A'.repeat(64))
const certificateIs = (text: string) => ({ ...others, ENTRA_CLIENT_CERTIFICATE: text })

const keys = (key: string) => JSON.stringify([{ kid: 'a', key }])
const random = randomBytes(32).toString('base64url')
const published = sample.Values.ENCRYPTION_KEYS
const inAzure = { ...withIdentity, WEBSITE_SITE_NAME: 'contoso-mcp' }
const connectionIs = (text: string) => ({
  ...withSecret,
  ENCRYPTION_KEYS: keys(random),
  TOKEN_CACHE_CONNECTION: text,
})
const account = 'AccountName=contoso;AccountKey=dGhlIGtleQ=='
const reference = '@Microsoft.KeyVault(SecretUri=https://kv-contoso.vault.azure.net/secrets/x)'

suite('refused, with the cure', () => {
  const rows: [what: string, environment: Environment, message: RegExp][] = [
    ['a PFX', certificateIs(pfx.toString('base64')), /CERTIFICATE contains a PFX.*x-pem-file/],
    ['an encrypted key', certificateIs(own.certificate + encrypted), /encrypted .*passphrase/],
    [
      'one of the old form',
      certificateIs(own.certificate + encryptedOld),
      /encrypted .*passphrase/,
    ],
    ['another’s key', certificateIs(other.certificate + own.privateKey), /do not belong together/],
    ['a broken key', certificateIs(own.certificate + broken), /private key that cannot be parsed/],
    [
      'a broken certificate',
      certificateIs(own.certificate.replace(/MII.{40}/, '') + own.privateKey),
      /certificate that cannot be parsed/,
    ],
    [
      'an elliptic key',
      certificateIs(own.certificate + elliptic.export({ type: 'pkcs8', format: 'pem' })),
      /not RSA/,
    ],
    ['no PEM at all', certificateIs('MIIB'), /must contain a PEM certificate and its private key/],
    [
      'an unresolved certificate',
      certificateIs(reference),
      /CERTIFICATE contains a reference .*Key Vault Secrets User/,
    ],
    [
      'unresolved keys',
      { ...withSecret, ENCRYPTION_KEYS: reference },
      /^ENCRYPTION_KEYS contains a ref/,
    ],
    [
      'an unresolved secret',
      { ...others, ENTRA_CLIENT_SECRET: reference },
      /^ENTRA_CLIENT_SECRET contains a reference/,
    ],
    ['an unresolved connection', connectionIs(reference), /^TOKEN_CACHE_CONNECTION contains a ref/],
    [
      'an unresolved URL',
      { ...withSecret, ARM_BASE_URL: reference },
      /^ARM_BASE_URL contains a ref/,
    ],
    [
      'an unresolved admin key',
      { ...withSecret, ADMIN_KEY: reference },
      /^ADMIN_KEY contains a ref/,
    ],
    [
      'an unresolved URI',
      { ...withSecret, ENTRA_APP_ID_URI: reference },
      /^ENTRA_APP_ID_URI contains/,
    ],
    ['the published key', { ...inAzure, ENCRYPTION_KEYS: published }, /publicly known key/],
    ['a key of zeros', { ...inAzure, ENCRYPTION_KEYS: keys('A'.repeat(43)) }, /publicly known key/],
    [
      'zeros, spelt otherwise',
      { ...inAzure, ENCRYPTION_KEYS: keys(`${'A'.repeat(42)}B`) },
      /publicly known key/,
    ],
    [
      'one of them, not the first',
      {
        ...inAzure,
        ENCRYPTION_KEYS: JSON.stringify([{ kid: 'b', key: random }, ...JSON.parse(published)]),
      },
      /publicly known key/,
    ],
    [
      'by the old name',
      { ...inAzure, TOKEN_CACHE_KEYS: published },
      /^TOKEN_CACHE_KEYS .*publicly known key/,
    ],
    ['a connection in words', connectionIs('my storage'), /^TOKEN_CACHE_CONNECTION is not a conn/],
    ['one without endpoint', connectionIs(account), /EndpointSuffix/],
    [
      'one without key',
      connectionIs('AccountName=contoso;EndpointSuffix=core.windows.net'),
      /AccountKey/,
    ],
    ['one to plain http', connectionIs(`${account};TableEndpoint=http://contoso.example`), /https/],
    ['one to no URL', connectionIs(`${account};TableEndpoint=contoso`), /TableEndpoint/],
    [
      'an admin key with spaces',
      { ...withSecret, ADMIN_KEY: 'the admin key' },
      /^ADMIN_KEY .*ASCII/,
    ],
  ]
  for (const [what, environment, message] of rows) {
    test(what, () => {
      assert.throws(
        () => parse(environment),
        (error) => {
          assert.ok(error instanceof SettingsError)
          const [heading, problem = '', ...more] = error.message.split('\n')
          assert.match(heading ?? '', /app settings/)
          assert.deepEqual(more, [])
          assert.match(problem.trim(), message)
          const printed = inspect(error)
          assert.doesNotMatch(printed, /PEM routines|node_modules|^ {4}at /m)
          for (const value of Object.values(environment)) assert.ok(!printed.includes(value))
          return true
        },
      )
    })
  }
})

suite('accepted', () => {
  test('the published key outside Azure, where the sample is for', () => {
    assert.equal(parse({ ...withSecret, ENCRYPTION_KEYS: published }).encryptionKeys.length, 1)
  })

  const origins: [given: string, origin: string][] = [
    ['https://MCP.Contoso.com', 'https://mcp.contoso.com'],
    ['https://mcp.contoso.com:443', 'https://mcp.contoso.com'],
    ['HTTPS://mcp.contoso.com/', 'https://mcp.contoso.com'],
    ['https://mcp.contoso.com:8443', 'https://mcp.contoso.com:8443'],
    ['http://LOCALHOST:80', 'http://localhost'],
  ]
  for (const [given, origin] of origins) {
    test(`PUBLIC_BASE_URL ${given} as ${origin}`, () => {
      assert.equal(parse({ ...withSecret, PUBLIC_BASE_URL: given }).publicBaseUrl, origin)
    })
  }

  test('ALLOWED_ORIGINS as browsers write them', () => {
    const { allowedOrigins } = parse({ ...withSecret, ALLOWED_ORIGINS: 'https://Claude.AI:443' })
    assert.deepEqual(allowedOrigins, new Set(['https://claude.ai']))
  })

  test('a host name of Azure in capitals', () => {
    const { publicBaseUrl } = parse({ ...withSecret, WEBSITE_HOSTNAME: 'MCP.azurewebsites.net' })
    assert.equal(publicBaseUrl, 'https://mcp.azurewebsites.net')
  })

  const azurite = 'http://127.0.0.1:10002/devstoreaccount1'
  const connections: [text: string, url: string, kind: string][] = [
    [
      `DefaultEndpointsProtocol=https;${account};EndpointSuffix=core.windows.net`,
      'https://contoso.table.core.windows.net',
      'account_key',
    ],
    [
      `${account};TableEndpoint=https://contoso.table.core.windows.net/;`,
      'https://contoso.table.core.windows.net',
      'account_key',
    ],
    [
      'TableEndpoint=https://contoso.example;SharedAccessSignature=sv=1&sig=a%3D',
      'https://contoso.example',
      'shared_access_signature',
    ],
    ['UseDevelopmentStorage=true', azurite, 'account_key'],
    [
      sample.Values.TOKEN_CACHE_CONNECTION,
      'http://localhost:10002/devstoreaccount1',
      'account_key',
    ],
  ]
  for (const [text, url, kind] of connections) {
    test(`a connection to ${url} by ${kind}`, () => {
      const { tokenTable } = parse(connectionIs(text))
      assert.equal(tokenTable?.url, url)
      assert.equal(tokenTable.credential.kind, kind)
    })
  }
})
