/**
 * `connect:foundry` against emulated ARM and Graph, and what Foundry then does with the connection against the Entra
 * emulator and our endpoint.
 */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, suite, test } from 'node:test'
import { inspect } from 'node:util'
import { clientValues } from '../infra/clients/values.ts'
import type { Wish } from '../infra/foundry/arguments.ts'
import { keepAllowed } from '../infra/foundry/azd-environment.ts'
import { connectFoundry } from '../infra/foundry/connect.ts'
import { parseProject } from '../infra/foundry/project.ts'
import { Missing } from '../infra/foundry/remedy.ts'
import { reportLines } from '../infra/foundry/report.ts'
import permissions from '../infra/permissions.json' with { type: 'json' }
import { Refusal } from '../local/azure/errors.ts'
import { alice, bob, clients, subscriptions, tenantId } from '../local/seed.ts'
import { appOrigin, costRead } from './support/entra-client.ts'
import { functionApp } from './support/foundry/arm.ts'
import { foundryClientId } from './support/foundry/graph.ts'
import { passThrough, refresh } from './support/foundry/passthrough.ts'
import { type FoundryForTest, project, startFoundry } from './support/foundry/start.ts'
import { oauthSettings } from './support/oauth.ts'
import { type Product, startProduct } from './support/product.ts'

const clientId = foundryClientId
const connectionId = `${project}/connections/mcp-cost`

let product: Product
let foundry: FoundryForTest
let wish: Wish
before(async () => {
  product = await startProduct()
})
beforeEach(async () => {
  product.reset()
  foundry = await startFoundry(product.entra)
  const values = clientValues({
    tenantId,
    apiClientId: clients.api.clientId,
    clientId: clients.public.clientId,
    functionAppId: functionApp,
    authorityHost: product.entra.origin,
    publicBaseUrl: appOrigin,
    appIdUri: undefined,
    endpoints: [{ name: 'cost', scopes: ['cost.read'] }],
  })
  const [endpoint] = values.endpoints
  assert.ok(endpoint)
  wish = {
    values,
    endpoint,
    project: parseProject(project),
    connection: 'mcp-cost',
    dryRun: false,
    environment: 'dev',
  }
})
afterEach(() => foundry.close())
after(() => product?.close())

const connect = (changes: Partial<Wish> = {}, now = () => new Date()) =>
  connectFoundry({ ...wish, ...changes }, { ...foundry.urls, credential: foundry.credential, now })

const stored = () => {
  const found = foundry.arm.connections.get(connectionId)
  assert.ok(found)
  return found
}
const redirectUris = () =>
  product.entra.admin.state().apps.find((app) => app.clientId === clientId)?.redirectUris ?? []
const inDays = (days: number) => () => new Date(Date.now() + days * 86_400_000)

test('the first run makes Foundry’s registration, lets it call, and makes the connection with its secret', async () => {
  const { changes, redirectUrl, consent } = await connect()
  const { credentials, redirectUrl: made, metadata, ...connection } = stored()
  assert.deepEqual(connection, {
    category: 'RemoteTool',
    authType: 'OAuth2',
    target: `${appOrigin}/mcp/cost`,
    authorizationUrl: wish.values.authorizationEndpoint,
    tokenUrl: wish.values.tokenEndpoint,
    scopes: [costRead, 'offline_access'],
  })
  const [secret, ...others] = foundry.graph.passwords
  assert.deepEqual(others, [])
  assert.deepEqual(credentials, { clientId, clientSecret: secret?.secretText })
  assert.deepEqual(metadata, { clientSecretKeyId: secret?.keyId })
  assert.equal(secret?.displayName, 'Foundry contoso-foundry/finance/mcp-cost')
  assert.deepEqual(redirectUris(), [made])
  assert.equal(redirectUrl, made)
  assert.deepEqual(foundry.arm.settings, {
    ENTRA_ALLOWED_CLIENTS: `${clients.public.clientId},${clientId}`,
    PUBLIC_BASE_URL: 'https://x.example',
  })
  const app = product.entra.admin.state().apps.find((it) => it.clientId === clientId)
  assert.equal(app?.name, 'MCP client Foundry (dev)')
  const scopes = permissions.scopes
    .filter(({ consent }) => consent === 'user')
    .map(({ value }) => value)
  assert.deepEqual(app?.requires, [{ resource: clients.api.clientId, scopes }])
  assert.deepEqual(foundry.graph.withoutPrincipal, [])
  assert.deepEqual(
    changes.map((it) => it.split(' ')[0]),
    ['creates', 'adds', 'writes', 'adds'],
  )
  assert.match(consent, /each user is asked at first use/)
})

test('the second run changes nothing', async () => {
  await connect()
  const before = structuredClone([stored(), foundry.graph.passwords, redirectUris()])
  const writes = [...foundry.arm.writes, ...foundry.graph.writes]
  assert.equal(writes.length, 6)
  assert.deepEqual((await connect()).changes, [])
  assert.deepEqual([stored(), foundry.graph.passwords, redirectUris()], before)
  assert.deepEqual([...foundry.arm.writes, ...foundry.graph.writes], writes)
})

test('a dry run says what it would do, and writes nothing', async () => {
  const { changes, redirectUrl } = await connect({ dryRun: true })
  assert.match(
    changes.join('\n'),
    /^creates the app registration "MCP client Foundry \(dev\)"\nadds it to the allow-list.*\nwrites the connection mcp-cost.*\n.*redirect URI that Foundry/,
  )
  assert.equal(redirectUrl, undefined)
  assert.deepEqual([...foundry.arm.writes, ...foundry.graph.writes], [])
})

suite('a wrong value is corrected, with a new secret in place of the older', () => {
  const drifts: [name: string, drift: () => void, reason: RegExp, days?: number][] = [
    ['a scope is missing', () => stored().scopes.pop(), /\(scopes\)/],
    ['another token URL', () => Object.assign(stored(), { tokenUrl: appOrigin }), /\(tokenUrl\)/],
    ['the secret has 29 days left', () => {}, /\(its secret\)/, 151],
    ['the secret is over', () => {}, /\(its secret\)/, 200],
    [
      'the secret was deleted',
      () => {
        foundry.graph.passwords = []
      },
      /\(its secret\)/,
    ],
    [
      'the connection does not say which secret it holds',
      () => Object.assign(stored(), { metadata: {} }),
      /\(its secret\)/,
    ],
  ]
  for (const [name, drift, reason, days = 0] of drifts) {
    test(name, async () => {
      await connect()
      const first = stored().credentials.clientSecret
      const { redirectUrl } = stored()
      drift()
      const { changes } = await connect({}, inDays(days))
      assert.match(changes[0] ?? '', reason)
      assert.deepEqual(stored().scopes, [costRead, 'offline_access'])
      assert.equal(stored().redirectUrl, redirectUrl)
      const now = stored().credentials.clientSecret
      assert.notEqual(now, first)
      assert.deepEqual(
        foundry.graph.passwords.map(({ secretText }) => secretText),
        [now],
      )
      assert.deepEqual((await connect({}, inDays(days))).changes, [])
    })
  }

  test('keeps a secret with 31 days left', async () => {
    await connect()
    assert.deepEqual((await connect({}, inDays(149))).changes, [])
  })

  test('adds a redirect URI that was removed, and changes nothing else', async () => {
    await connect()
    product.entra.admin.updateApp(clientId, { redirectUris: ['https://claude.ai/callback'] })
    assert.equal((await connect()).changes.length, 1)
    assert.deepEqual(redirectUris(), ['https://claude.ai/callback', stored().redirectUrl])
  })
})

test('a secret that a cut-off run left behind is removed', async () => {
  await connect()
  const kept = foundry.graph.passwords.slice()
  const [{ displayName, endDateTime } = { displayName: '', endDateTime: '' }] = kept
  const keyId = crypto.randomUUID()
  foundry.graph.passwords.push({ displayName, endDateTime, keyId, secretText: 'lost' })
  assert.deepEqual((await connect()).changes, [`removes the older client secret ${keyId}`])
  assert.deepEqual(foundry.graph.passwords, kept)
})

test('secrets of other connections and of unknown use stay', async () => {
  const others = ['Foundry contoso-foundry/finance/mcp-other', 'by hand'].map((displayName) => ({
    keyId: crypto.randomUUID(),
    displayName,
    endDateTime: '2020-01-01T00:00:00Z',
    secretText: displayName,
  }))
  foundry.graph.passwords.push(...others)
  await connect()
  assert.deepEqual(foundry.graph.passwords.slice(0, 2), others)
  assert.equal(foundry.graph.passwords.length, 3)
})

suite('a missing part, and who can add it', () => {
  test('without Foundry’s redirect URL the run stops, and the next continues', async () => {
    foundry.arm.makesRedirectUrls = false
    await assert.rejects(connect(), /not created a redirect URL.*\nRun the command again/)
    Object.assign(stored(), { redirectUrl: 'https://global.consent.azure-apim.net/redirect/1' })
    assert.deepEqual((await connect()).changes, [
      `adds the redirect URI https://global.consent.azure-apim.net/redirect/1 to it`,
    ])
  })

  const cases: [name: string, arrange: () => void, message: RegExp][] = [
    [
      'the project',
      () => {
        foundry.arm.projects = []
      },
      /read the project .*404 ResourceNotFound.*\n.*az resource list/,
    ],
    [
      'the right to see the project',
      () => {
        foundry.arm.readers = []
      },
      /read the project .*403 AuthorizationFailed.*\n.*az role assignment create --role "Reader"/,
    ],
    [
      'the right to write connections',
      () => {
        foundry.arm.writers = [bob.oid]
      },
      /write the connection .*403.*\n.*--role "Cognitive Services Contributor".*\/projects\/finance/,
    ],
    [
      'the app registration',
      () => {
        foundry.graph.apiName = null
      },
      /azd provision did not create/,
    ],
    [
      'the right to see it',
      () => {
        foundry.graph.readers = []
      },
      /read the registration .*403 Authorization_RequestDenied.*\n.*Application Administrator/,
    ],
    [
      'the right to change it',
      () => {
        foundry.graph.owners = []
      },
      /make the registration .*403.*\n.*Application Developer/,
    ],
    [
      'the right to make one',
      () => {
        foundry.graph.mayRegister = false
      },
      /make the registration .*403 Authorization_RequestDenied.*\n.*Application Developer/,
    ],
    [
      'the right to change the app settings',
      () => {
        foundry.arm.siteContributors = [bob.oid]
      },
      /read the app settings .*403.*\n.*--role "Website Contributor".*\/sites\/func-mcp$/,
    ],
    [
      'the tenant’s leave for client secrets',
      () => {
        foundry.graph.secretPolicy = 'CredentialTypeNotAllowedAsPerAppPolicy'
      },
      /make a client secret .*400.*\n.*forbids client secrets/,
    ],
    [
      'the tenant’s leave for secrets of half a year',
      () => {
        foundry.graph.secretPolicy = 'CredentialInvalidLifetimeAsPerAppPolicy'
      },
      /make a client secret .*400.*\n.*shorter-lived/,
    ],
    [
      'a project of the kind that has such connections',
      () => {
        foundry.arm.refuseWrite = () =>
          new Refusal({ status: 400, code: 'UserError', message: 'Unsupported.' })
      },
      /write the connection .*400 UserError.*\n.*docs\/clients\.md/,
    ],
    [
      'a sign-in',
      () => {
        foundry.credential.getToken = () => Promise.reject(new Error('az is not installed'))
      },
      /read the project .*401 NotSignedIn.*\n.*az login --tenant 11111111-/,
    ],
    [
      'the network',
      () => {
        foundry.urls.arm = 'http://127.0.0.1:9'
      },
      /read the project .*no answer.*\nRun the command again/,
    ],
    [
      'Azure itself, for a moment',
      () => {
        foundry.arm.refuseWrite = () =>
          new Refusal({ status: 503, code: 'ServiceUnavailable', message: 'Busy.' })
      },
      /write the connection .*503.*\nRun the command again/,
    ],
  ]
  for (const [name, arrange, message] of cases) {
    test(name, async () => {
      arrange()
      await assert.rejects(connect(), (error: Error) => {
        assert.ok(error instanceof Missing)
        assert.match(error.message, message)
        return true
      })
      assert.deepEqual(foundry.graph.passwords, [])
      assert.equal(foundry.arm.connections.size, 0)
    })
  }

  test('a connection of that name to another server is left alone', async () => {
    await connect()
    Object.assign(stored(), { target: 'https://other.example/mcp' })
    const writes = foundry.graph.writes.length
    await assert.rejects(connect(), /already .* to https:\/\/other\.example\/mcp\.\n.*--connection/)
    assert.equal(stored().target, 'https://other.example/mcp')
    assert.equal(foundry.graph.writes.length, writes)
  })

  test('consent for everyone is reported when given, and not advised', async () => {
    const asked = await connect()
    assert.match(
      asked.consent,
      /each user is asked.*az ad app permission grant --id c0.*f0 --api a0.* --scope "cost\.read"$/,
    )
    product.entra.admin.putGrant({
      client: clientId,
      resource: clients.api.clientId,
      scopes: ['cost.read'],
      user: 'everyone',
    })
    assert.equal((await connect()).consent, 'Consent: granted for all users.')
  })

  test('a missing service principal of Foundry is reported with the command that makes it', async () => {
    await connect()
    foundry.graph.withoutPrincipal.push(clientId)
    const { changes, consent } = await connect()
    assert.deepEqual(changes, [])
    assert.match(consent, /no service principal.*az ad sp create --id c0/)
  })
})

suite('the allow-list', () => {
  test('stays empty, since that allows every client', async () => {
    foundry.arm.settings = {}
    await connect()
    assert.deepEqual(foundry.arm.settings, {})
  })

  test('is refused from an mcp-clients.json without the function app', async () => {
    const { functionAppId: _, ...values } = wish.values
    await assert.rejects(connect({ values }), /run azd provision to update it/)
  })

  const cases: [what: string, has: string | undefined, fails: boolean, said: RegExp | undefined][] =
    [
      ['keeps it', undefined, false, /^Added c0.*f0 to ALLOWED_CLIENTS/],
      ['adds it to others', clients.public.clientId, false, /^Added/],
      ['leaves it where it is', clientId, false, undefined],
      ['says what to do without azd', undefined, true, /azd env set ALLOWED_CLIENTS c0.*f0 --env/],
    ]
  for (const [what, has, fails, said] of cases) {
    test(`azd’s environment ${what}`, async () => {
      const set: string[] = []
      const sentence = await keepAllowed(clientId, 'dev', async (_env, verb = '', ...rest) => {
        if (fails || (verb === 'get-value' && has === undefined)) throw new Error('no')
        if (verb === 'set') set.push(...rest)
        return verb === 'get-value' ? `${has}\n` : ''
      })
      assert.equal(sentence === undefined, said === undefined)
      if (said) assert.match(sentence ?? '', said)
      const list = [has, clientId].filter(Boolean).join(',')
      const isSet = said && !fails
      assert.deepEqual(set, isSet ? ['ALLOWED_CLIENTS', list, '--environment', 'dev'] : [])
    })
  }
})

test('a secret that an earlier version added to the public clients’ registration is removed', async () => {
  const left = { keyId: crypto.randomUUID(), endDateTime: '2027-01-01T00:00:00Z', secretText: 'x' }
  const others = { ...left, keyId: crypto.randomUUID(), displayName: 'by hand' }
  foundry.graph.publicPasswords = [
    { ...left, displayName: 'Foundry contoso-foundry/finance/mcp-cost' },
    others,
  ]
  const { changes } = await connect()
  assert.equal(changes.at(-1), `removes the client secret ${left.keyId} of public clients`)
  assert.deepEqual(foundry.graph.publicPasswords, [others])
})

test('a secret is in no line and no error, even when Azure repeats the request', async () => {
  const printed = reportLines(wish, await connect())
  const secret = stored().credentials.clientSecret
  assert.ok(!printed.join('\n').includes(secret))
  assert.match(printed.join('\n'), /Redirect URL +https:\/\/global\.consent\.azure-apim\.net/)

  let sent = ''
  foundry.arm.refuseWrite = ({ credentials }) => {
    sent = credentials.clientSecret
    return new Refusal({ status: 400, code: 'UserError', message: `What is ${sent}?` })
  }
  await assert.rejects(connect({}, inDays(170)), (error) => {
    assert.ok(sent.length > 20)
    assert.ok(!inspect(error, { depth: 10, showHidden: true }).includes(sent))
    return true
  })
  assert.equal(stored().credentials.clientSecret, secret)
})

suite('the connection works', () => {
  for (const [server, settings] of [
    ['without the authorization server', {}],
    ['beside the authorization server, which it does not need', oauthSettings],
  ] as const) {
    test(`Foundry signs alice in at Entra, ${server}, and its calls see what is hers`, async () => {
      await connect()
      const { access_token, refresh_token, error_description } = await passThrough(
        product.entra,
        stored(),
        alice,
      )
      assert.equal(error_description, undefined)
      const own = subscriptions.filter(({ readers }) => readers.includes(alice.oid))
      const shown = own.map(({ id, name }) => ({ id, name, state: 'Enabled' }))
      const app = product.app({ settings })
      const { data } = await app.result(access_token, 'list_subscriptions')
      assert.deepEqual(data, { subscriptions: shown })

      const renewed = await refresh(product.entra, stored(), refresh_token)
      assert.notEqual(renewed.access_token, access_token)
      const again = await app.result(renewed.access_token, 'list_subscriptions')
      assert.deepEqual(again.data, { subscriptions: shown })
    })
  }

  test('works with the secret of a later run, and no longer with the first', async () => {
    await connect()
    const first = structuredClone(stored())
    await connect({}, inDays(170))
    assert.ok((await passThrough(product.entra, stored(), bob)).access_token)
    const refused = await passThrough(product.entra, first, bob)
    assert.deepEqual(refused.error_codes, [7000215])
  })

  test('Entra refuses a sign-in before the redirect URI is registered', async () => {
    await connect()
    product.entra.admin.updateApp(clientId, { redirectUris: [] })
    await assert.rejects(passThrough(product.entra, stored(), alice), /ended on a page/)
  })
})
