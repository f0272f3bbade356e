/**
 * `connect:foundry` against emulated ARM and Graph, and what Foundry then does with the connection against the Entra
 * emulator and our endpoint.
 */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, suite, test } from 'node:test'
import { inspect } from 'node:util'
import { clientValues } from '../infra/clients/values.ts'
import type { Wish } from '../infra/foundry/arguments.ts'
import { connectFoundry } from '../infra/foundry/connect.ts'
import { parseProject } from '../infra/foundry/project.ts'
import { Missing } from '../infra/foundry/remedy.ts'
import { reportLines } from '../infra/foundry/report.ts'
import { Refusal } from '../local/azure/errors.ts'
import { alice, bob, clients, subscriptions, tenantId } from '../local/seed.ts'
import { appOrigin, costRead } from './support/entra-client.ts'
import { passThrough, refresh } from './support/foundry/passthrough.ts'
import { type FoundryForTest, project, startFoundry } from './support/foundry/start.ts'
import { type Product, startProduct } from './support/product.ts'

const clientId = clients.confidential.clientId
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
    clientId,
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

test('the first run makes the connection with its secret, and registers the redirect URI of Foundry', async () => {
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
  assert.deepEqual(redirectUris(), [...clients.confidential.redirectUris, made])
  assert.equal(redirectUrl, made)
  assert.equal(changes.length, 2)
  assert.equal(consent, 'Consent: given for everyone.')
})

test('the second run changes nothing', async () => {
  await connect()
  const before = structuredClone([stored(), foundry.graph.passwords, redirectUris()])
  const writes = [...foundry.arm.writes, ...foundry.graph.writes]
  assert.equal(writes.length, 3)
  assert.deepEqual((await connect()).changes, [])
  assert.deepEqual([stored(), foundry.graph.passwords, redirectUris()], before)
  assert.deepEqual([...foundry.arm.writes, ...foundry.graph.writes], writes)
})

test('a dry run says what it would do, and writes nothing', async () => {
  const { changes, redirectUrl } = await connect({ dryRun: true })
  assert.match(changes.join('\n'), /writes the connection mcp-cost.*\n.*redirect URI that Foundry/)
  assert.equal(redirectUrl, undefined)
  assert.deepEqual([...foundry.arm.writes, ...foundry.graph.writes], [])
})

suite('what is not as it should be is mended, with a new secret in place of the older', () => {
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
      'nobody knows which secret it holds',
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

  test('a secret with 31 days left stays', async () => {
    await connect()
    assert.deepEqual((await connect({}, inDays(149))).changes, [])
  })

  test('a redirect URI that was removed is added again, and nothing else is done', async () => {
    await connect()
    product.entra.admin.updateApp(clientId, { redirectUris: ['https://claude.ai/callback'] })
    assert.equal((await connect()).changes.length, 1)
    assert.deepEqual(redirectUris(), ['https://claude.ai/callback', stored().redirectUrl])
  })
})

test('a secret that no connection holds, left by a run that was cut off, goes', async () => {
  await connect()
  const kept = foundry.graph.passwords.slice()
  const [{ displayName, endDateTime } = { displayName: '', endDateTime: '' }] = kept
  const keyId = crypto.randomUUID()
  foundry.graph.passwords.push({ displayName, endDateTime, keyId, secretText: 'lost' })
  assert.deepEqual((await connect()).changes, [`removes the older client secret ${keyId}`])
  assert.deepEqual(foundry.graph.passwords, kept)
})

test('the secrets of others stay: of another connection, and of no known use', async () => {
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

suite('what may be missing, and who mends it', () => {
  test('the redirect URL, when Foundry has made none: the next run goes on from there', async () => {
    foundry.arm.makesRedirectUrls = false
    await assert.rejects(connect(), /made no redirect URL.*\nRun the command again/)
    Object.assign(stored(), { redirectUrl: 'https://global.consent.azure-apim.net/redirect/1' })
    assert.deepEqual((await connect()).changes, [
      `adds the redirect URI https://global.consent.azure-apim.net/redirect/1 to ${clientId}`,
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
        foundry.graph.clientId = clients.public.clientId
      },
      /read the registration .*404.*\n.*azd provision/,
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
      /make a client secret .*403.*\n.*az ad app owner add --id c0000000/,
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

  test('the name: a connection to elsewhere is left alone', async () => {
    await connect()
    Object.assign(stored(), { target: 'https://other.example/mcp' })
    await assert.rejects(connect(), /to https:\/\/other\.example\/mcp already\.\n.*--connection/)
    assert.equal(stored().target, 'https://other.example/mcp')
  })

  const consents: [name: string, arrange: () => void, line: RegExp][] = [
    [
      'consent for everyone: said, with the command of an administrator',
      () => product.entra.admin.removeGrants({ client: clientId, resource: clients.api.clientId }),
      /each person is asked.*az ad app permission grant --id c0.* --api a0.* --scope "cost\.read"$/,
    ],
    [
      'the client’s service principal: said, with the command that makes it',
      () => foundry.graph.withoutPrincipal.push(clientId),
      /no service principal.*az ad sp create --id c0/,
    ],
  ]
  for (const [name, arrange, line] of consents) {
    test(name, async () => {
      arrange()
      const { changes, consent } = await connect()
      assert.equal(changes.length, 2)
      assert.match(consent, line)
    })
  }
})

test('a secret is in no line, no error and nowhere near: not even when Azure repeats what was sent', async () => {
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
  test('Foundry signs alice in with it, and its calls see what is hers', async () => {
    await connect()
    const { access_token, refresh_token, error_description } = await passThrough(
      product.entra,
      stored(),
      alice,
    )
    assert.equal(error_description, undefined)
    const own = subscriptions.filter(({ readers }) => readers.includes(alice.oid))
    const shown = own.map(({ id, name }) => ({ id, name, state: 'Enabled' }))
    const app = product.app()
    const { data } = await app.result(access_token, 'list_subscriptions')
    assert.deepEqual(data, { subscriptions: shown })

    const renewed = await refresh(product.entra, stored(), refresh_token)
    assert.notEqual(renewed.access_token, access_token)
    const again = await app.result(renewed.access_token, 'list_subscriptions')
    assert.deepEqual(again.data, { subscriptions: shown })
  })

  test('with the secret of a later run too, and no longer with the first', async () => {
    await connect()
    const first = structuredClone(stored())
    await connect({}, inDays(170))
    assert.ok((await passThrough(product.entra, stored(), bob)).access_token)
    const refused = await passThrough(product.entra, first, bob)
    assert.deepEqual(refused.error_codes, [7000215])
  })

  test('before the redirect URI is registered, Entra signs nobody in', async () => {
    await connect()
    product.entra.admin.updateApp(clientId, { redirectUris: [] })
    await assert.rejects(passThrough(product.entra, stored(), alice), /ended on a page/)
  })
})
