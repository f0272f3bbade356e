/** App settings: all problems in one message, by name and never by value; and credentials that cannot be printed. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { inspect } from 'node:util'
import { arm, graph } from '../shared/downstreams.ts'
import { Secret } from '../shared/secret.ts'
import { parseSettings, SettingsError } from '../shared/settings.ts'
import { selfSignedCertificate } from './support/certificate.ts'

const tenantId = '11111111-1111-4111-8111-111111111111'
const clientId = 'a0000000-0000-4000-8000-00000000000a'
const identity = 'd0000000-0000-4000-8000-00000000000a'
const secret = 'the-client-secret'
const complete = {
  ENTRA_TENANT_ID: tenantId,
  ENTRA_CLIENT_ID: clientId,
  ENTRA_CLIENT_SECRET: secret,
}

type Environment = Record<string, string | undefined>
const parse = (environment: Environment) => parseSettings(environment, [arm, graph])
/** The lines of the one message, its heading aside. */
function problemsOf(environment: Environment): string[] {
  try {
    parse(environment)
  } catch (error) {
    assert.ok(error instanceof SettingsError)
    for (const value of Object.values(environment)) {
      // A value this short is part of many sentences.
      if (value && value.length > 4) assert.ok(!inspect(error).includes(value), 'shows a value')
    }
    return error.message.split('\n').slice(1)
  }
  return []
}

suite('defaults', () => {
  test('are the public cloud, any client, and this computer', () => {
    const { credential, ...settings } = parse(complete)
    assert.equal(credential.kind, 'secret')
    assert.deepEqual(settings, {
      tenantId,
      clientId,
      authorityHost: 'https://login.microsoftonline.com',
      publicBaseUrl: 'http://localhost:7071',
      baseUrls: {
        ARM_BASE_URL: 'https://management.azure.com',
        GRAPH_BASE_URL: 'https://graph.microsoft.com',
      },
      appIdUri: undefined,
      allowedClients: new Set(),
      guests: 'allowed',
      allowedOrigins: new Set(),
      stepUpContext: undefined,
      rateLimitPerMinute: 60,
      encryptionKeys: [],
      tokenTable: undefined,
      adminKey: undefined,
      proxy: undefined,
      notices: [],
      unknown: [],
      oauth: undefined,
    })
  })

  for (const rate of ['1', '60', '999999', '1000000']) {
    test(`a rate of ${rate} is accepted`, () => {
      const settings = parse({ ...complete, RATE_LIMIT_PER_MINUTE: rate })
      assert.equal(settings.rateLimitPerMinute, Number(rate))
    })
  }

  const baseUrls: [environment: Environment, publicBaseUrl: string][] = [
    [{ PORT: '8080' }, 'http://localhost:8080'],
    [{ WEBSITE_HOSTNAME: 'x.azurewebsites.net' }, 'https://x.azurewebsites.net'],
    [{ WEBSITE_HOSTNAME: 'x.azurewebsites.net', PORT: '80' }, 'https://x.azurewebsites.net'],
    [{ PUBLIC_BASE_URL: 'https://mcp.contoso.example' }, 'https://mcp.contoso.example'],
    [{ PUBLIC_BASE_URL: 'http://localhost:9000', PORT: '1' }, 'http://localhost:9000'],
    [{ PUBLIC_BASE_URL: '', PORT: '8080' }, 'http://localhost:8080'],
    [
      { PUBLIC_BASE_URL: 'https://mcp.contoso.example', WEBSITE_HOSTNAME: 'x.azurewebsites.net' },
      'https://mcp.contoso.example',
    ],
  ]
  for (const [environment, publicBaseUrl] of baseUrls) {
    test(`${JSON.stringify(environment)} is served at ${publicBaseUrl}`, () => {
      assert.equal(parse({ ...complete, ...environment }).publicBaseUrl, publicBaseUrl)
    })
  }

  test('GUIDs are compared without case, lists without blanks', () => {
    const settings = parse({
      ...complete,
      ENTRA_TENANT_ID: tenantId.toUpperCase(),
      ENTRA_ALLOWED_CLIENTS: ` ${clientId.toUpperCase()} , ${identity},`,
      ALLOWED_ORIGINS: 'https://a.example, https://b.example:8443 ,',
    })
    assert.equal(settings.tenantId, tenantId)
    assert.deepEqual(settings.allowedClients, new Set([clientId, identity]))
    const origins = ['https://a.example', 'https://b.example:8443']
    assert.deepEqual(settings.allowedOrigins, new Set(origins))
  })

  test('a slash at the end of a base URL is no part of it', () => {
    const { baseUrls } = parse({
      ...complete,
      ARM_BASE_URL: 'http://localhost:8401/arm/',
    })
    assert.equal(baseUrls.ARM_BASE_URL, 'http://localhost:8401/arm')
  })
})

suite('credentials', () => {
  const { certificate, privateKey } = selfSignedCertificate()
  const pem = certificate + privateKey
  const without = { ...complete, ENTRA_CLIENT_SECRET: undefined }

  test('one of three is enough', () => {
    const kindOf = (environment: Environment) =>
      parse({ ...without, ...environment }).credential.kind
    assert.equal(kindOf({ ENTRA_CLIENT_SECRET: secret }), 'secret')
    assert.equal(kindOf({ ENTRA_CLIENT_CERTIFICATE: pem }), 'certificate')
    assert.equal(kindOf({ ENTRA_MANAGED_IDENTITY_CLIENT_ID: identity }), 'managed_identity')
  })

  const wrong: [what: string, environment: Environment, problem: RegExp][] = [
    ['none', {}, /Exactly one of/],
    ['an empty one', { ENTRA_CLIENT_SECRET: '' }, /Exactly one of/],
    [
      'two',
      { ENTRA_CLIENT_SECRET: secret, ENTRA_MANAGED_IDENTITY_CLIENT_ID: identity },
      /Exactly one of/,
    ],
    [
      'three',
      {
        ENTRA_CLIENT_SECRET: secret,
        ENTRA_MANAGED_IDENTITY_CLIENT_ID: identity,
        ENTRA_CLIENT_CERTIFICATE: pem,
      },
      /Exactly one of/,
    ],
    [
      'a secret in Azure',
      { ENTRA_CLIENT_SECRET: secret, WEBSITE_SITE_NAME: 'contoso-mcp' },
      /ENTRA_CLIENT_SECRET is refused in Azure/,
    ],
    ['a certificate without key', { ENTRA_CLIENT_CERTIFICATE: certificate }, /private key/],
    ['a key without certificate', { ENTRA_CLIENT_CERTIFICATE: privateKey }, /PEM certificate/],
    ['an identity by name', { ENTRA_MANAGED_IDENTITY_CLIENT_ID: 'my-identity' }, /not a GUID/],
  ]
  for (const [what, environment, problem] of wrong) {
    test(`${what}: refused`, () => {
      const problems = problemsOf({ ...without, ...environment })
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0] ?? '', problem)
    })
  }

  test('an identity or a certificate is accepted in Azure', () => {
    const azure = { ...without, WEBSITE_SITE_NAME: 'contoso-mcp' }
    assert.deepEqual(problemsOf({ ...azure, ENTRA_MANAGED_IDENTITY_CLIENT_ID: identity }), [])
    assert.deepEqual(problemsOf({ ...azure, ENTRA_CLIENT_CERTIFICATE: pem }), [])
  })
})

suite('each bad setting is named', () => {
  const bad: [name: string, ...values: (string | undefined)[]][] = [
    [
      'ENTRA_TENANT_ID',
      undefined,
      '',
      'common',
      'contoso.example',
      `${tenantId}0`,
      `{${tenantId}}`,
    ],
    ['ENTRA_CLIENT_ID', undefined, '', 'api://contoso', `${clientId} `],
    [
      'ENTRA_AUTHORITY_HOST',
      'login.microsoftonline.com',
      'http://login.microsoftonline.com',
      'https://login.microsoftonline.com/common',
      'https://user:password@login.example',
      'ftp://localhost',
    ],
    [
      'PUBLIC_BASE_URL',
      'mcp.contoso.example',
      'http://mcp.contoso.example',
      'https://mcp.contoso.example/mcp',
      'https://mcp.contoso.example?x=1',
      'javascript:alert(1)',
    ],
    ['ARM_BASE_URL', 'management', 'http://management.azure.com', 'https://a.example?x=1'],
    ['GRAPH_BASE_URL', 'graph', 'http://127.0.0.1.evil.example', 'https://a.example#x'],
    ['ENTRA_APP_ID_URI', 'contoso', 'api://contoso/', 'api://con toso', 'api://con"toso'],
    ['ENTRA_ALLOWED_CLIENTS', 'my-client', `${clientId};${identity}`, ',', ' , '],
    ['ENTRA_GUESTS', 'no', 'Refused'],
    ['ALLOWED_ORIGINS', 'make.powerautomate.com', 'https://a.example/flow', '*', 'null'],
    ['STEP_UP_AUTH_CONTEXT', 'c0', 'c100', 'c1,c2', 'C1', '1'],
    ['RATE_LIMIT_PER_MINUTE', '0', '-1', '1.5', '1e3', '060', '1000001', 'many'],
    ['PORT', 'http', '-1'],
  ]
  for (const [name, ...values] of bad) {
    test(name, () => {
      for (const value of values) {
        const problems = problemsOf({ ...complete, [name]: value })
        assert.equal(problems.length, 1, `${value}: ${problems.join('\n')}`)
        assert.match(problems[0] ?? '', new RegExp(`^ {2}${name}\\b`))
      }
    })
  }

  test('all of them in one message', () => {
    const problems = problemsOf({
      ENTRA_TENANT_ID: 'the tenant of contoso',
      ENTRA_AUTHORITY_HOST: 'http://login.contoso.example',
      PUBLIC_BASE_URL: 'https://mcp.contoso.example/path',
      ARM_BASE_URL: 'http://management.contoso.example',
      ENTRA_ALLOWED_CLIENTS: 'first client,second client',
      ENTRA_CLIENT_SECRET: secret,
    }).join('\n')
    for (const name of [
      'ENTRA_TENANT_ID',
      'ENTRA_CLIENT_ID',
      'ENTRA_AUTHORITY_HOST',
      'PUBLIC_BASE_URL',
      'ARM_BASE_URL',
      'ENTRA_ALLOWED_CLIENTS',
    ]) {
      assert.match(problems, new RegExp(name))
    }
  })

  test('problems of several settings together, in the same message', () => {
    const problems = problemsOf({}).join('\n')
    assert.match(problems, /ENTRA_TENANT_ID/)
    assert.match(problems, /ENTRA_CLIENT_ID/)
    assert.match(problems, /Exactly one of ENTRA_MANAGED_IDENTITY_CLIENT_ID/)
  })
})

suite('a credential', () => {
  const hidden = new Secret('client credential', secret)
  const printed: [how: string, text: () => string][] = [
    ['String', () => String(hidden)],
    ['a template', () => `${hidden}`],
    ['concatenation', () => `${hidden.toString()}`],
    ['inspect', () => inspect(hidden, { showHidden: true, depth: null, getters: true })],
    [
      'inspect of what holds it',
      () => inspect({ deep: [new Map([['it', hidden]])] }, { depth: 9 }),
    ],
    ['JSON', () => JSON.stringify({ hidden, list: [hidden] })],
    ['its properties', () => JSON.stringify(Object.entries(hidden))],
    ['an error’s cause', () => inspect(new Error('failed', { cause: hidden }))],
    ['the settings that hold it', () => inspect(parse(complete), { depth: null })],
    ['the settings as JSON', () => JSON.stringify(parse(complete))],
  ]
  for (const [how, text] of printed) {
    test(`is not shown by ${how}`, () => assert.ok(!text().includes(secret)))
  }

  test('prints its kind instead, and its value by reveal()', () => {
    assert.equal(`${hidden}`, '[client credential]')
    assert.equal(hidden.reveal(), secret)
  })
})

suite('names that are no setting', () => {
  const isNone = 'is not a setting of this app, and has no effect'
  const told: [name: string, sentence: string][] = [
    ['ENTRA_ALOWED_CLIENTS', `${isNone}: did you mean ENTRA_ALLOWED_CLIENTS?`],
    ['ENTRA_GUEST', `${isNone}: did you mean ENTRA_GUESTS?`],
    ['entra_guests', `${isNone}: did you mean ENTRA_GUESTS?`],
    ['ADMINKEY', `${isNone}: did you mean ADMIN_KEY?`],
    ['GRAPH_BASEURL', `${isNone}: did you mean GRAPH_BASE_URL?`],
    ['ALLOWED_CLIENTS', isNone],
    ['OAUTH_SCOPES', isNone],
  ]
  for (const [name, sentence] of told) {
    test(`${name} is told`, () => {
      assert.deepEqual(parse({ ...complete, [name]: 'refused' }).unknown, [`${name} ${sentence}`])
    })
  }

  for (const name of ['PATH', 'PORTS', 'ftp_proxy', 'https_proxy', 'WEBSITE_HOSTNAMES', 'HOME']) {
    test(`${name} belongs to others`, () => {
      const value = 'http://proxy.example:8080'
      assert.deepEqual(parse({ ...complete, [name]: value }).unknown, [])
    })
  }

  test('one that is missing is told with its misspelling', () => {
    const { ENTRA_TENANT_ID, ...others } = complete
    assert.deepEqual(problemsOf({ ...others, ENTRA_TENANTID: ENTRA_TENANT_ID }), [
      '  ENTRA_TENANT_ID is missing: a GUID',
      `  ENTRA_TENANTID ${isNone}: did you mean ENTRA_TENANT_ID?`,
    ])
  })
})
