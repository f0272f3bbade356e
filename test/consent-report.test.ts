/**
 * Whether the tenant has consented to what the tools need: reported at start, without delaying it.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, mock, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { alice, armClientId, bob, clients, graphClientId } from '../local/seed.ts'
import packageJson from '../package.json' with { type: 'json' }
import { arm, graph } from '../shared/downstreams.ts'
import { consentLines } from '../shared/entra/consent-report.ts'
import { createServices } from '../shared/services.ts'
import { parseSettings } from '../shared/settings.ts'
import { auditRecordOf } from './support/audit-record.ts'
import { armScope } from './support/entra-client.ts'
import { type HostedProduct, startHostedProduct } from './support/hosted-product.ts'
import { signIn } from './support/sign-in.ts'

const graphScope = 'https://graph.microsoft.com/User.Read'
const api = clients.api.clientId

/** A Graph that takes requests and does not answer. */
const silentGraph = createServer()
const silentlyAsked = once(silentGraph, 'request')
/** What the app logs about consent after its start. */
const said = Promise.withResolvers<string>()
mock.method(console, 'warn', (line: string) => {
  if (line.includes('"consent_standing"')) said.resolve(line)
})

let host: HostedProduct
before(async () => {
  silentGraph.listen(0, 'localhost')
  await once(silentGraph, 'listening')
  const address = silentGraph.address()
  assert.ok(typeof address === 'object' && address !== null)
  host = await startHostedProduct({ GRAPH_BASE_URL: `http://localhost:${address.port}` })
})
after(async () => {
  silentGraph.close()
  silentGraph.closeAllConnections()
  await host.close()
})

test('the app starts and serves while Graph does not answer, and says so when it gives up', {
  timeout: 15_000,
}, async () => {
  const [request] = await silentlyAsked
  assert.match(request.url, /^\/v1\.0\/servicePrincipals\?/)
  assert.equal((await fetch(`${host.origin}/healthz`)).status, 200)
  assert.equal((await host.result(await host.tokenOf(alice), 'list_subscriptions')).isError, false)
  silentGraph.closeAllConnections()
  const { severity, time, detail } = auditRecordOf(await said.promise)
  assert.equal(severity, 'warning')
  assert.ok(time)
  assert.match(detail ?? '', /^Consent: could not check .*user_impersonation \(.*fetch failed/)
})

suite('the report of a scope', () => {
  beforeEach(() => host.reset())

  const lines = async (scopes = [armScope, graphScope]) => {
    const environment = { ...host.environment, GRAPH_BASE_URL: host.azure.graph }
    const { consentReport, consent } = createServices(parseSettings(environment, [arm, graph]), {
      log: () => {},
    })
    return consentLines(await consentReport(scopes), {
      adminLink: consent.adminLink,
      toLook: 'Look.',
    })
  }
  const withdraw = () => host.entra.admin.removeGrants({ client: api, resource: armClientId })
  const grantTo = (user: string) =>
    host.entra.admin.putGrant({
      client: api,
      resource: armClientId,
      scopes: ['user_impersonation'],
      user,
    })
  const linkIn = (line = '') => new URL(/http\S+$/.exec(line)?.[0] ?? 'none:')

  test('is empty when all have consented', async () => {
    assert.deepEqual(await lines(), [])
  })

  test('warns when no user has consented, with the link for an administrator', async () => {
    withdraw()
    const [line, ...others] = await lines()
    assert.deepEqual(others, [])
    assert.match(line ?? '', /NO USER has consented to https:\/\/management\.azure\.com\/user_imp/)
    const back = await signIn(linkIn(line), alice.upn)
    assert.equal(back.searchParams.get('admin_consent'), 'True')
    assert.deepEqual(await lines(), [])
  })

  test('says when only some users have consented, with the link that adds the others', async () => {
    withdraw()
    for (const { oid } of [alice, bob]) grantTo(oid)
    const [line, ...others] = await lines()
    assert.deepEqual(others, [])
    assert.match(line ?? '', /only some users .*user_impersonation; other users are asked/)
    assert.ok(linkIn(line).pathname.endsWith('/v2.0/adminconsent'))
    grantTo('everyone')
    assert.deepEqual(await lines(), [])
  })

  test('counts neither another scope of the API nor the same scope of another API', async () => {
    const wanted = ['https://management.azure.com/User.Read', 'https://else.example/User.Read']
    assert.deepEqual(
      (await lines(wanted)).map((line) => /NO USER has consented to (\S+),/.exec(line)?.[1]),
      wanted,
    )
  })

  test('reads all pages of grants', async () => {
    host.azure.admin.change({ pageSize: 1 })
    assert.deepEqual(await lines(), [])
    withdraw()
    assert.match((await lines()).join('\n'), /^Consent: NO USER .*user_impersonation,.*$/)
  })

  const unknown: [what: string, prepare: () => void, why: RegExp][] = [
    [
      'when the app may not look',
      () =>
        host.entra.admin.removeApplicationRole({
          client: api,
          resource: graphClientId,
          role: 'Application.Read.All',
        }),
      /Microsoft Graph answered 403\)\. Look\./,
    ],
    [
      'when it may look at half of it',
      () =>
        host.entra.admin.removeApplicationRole({
          client: api,
          resource: graphClientId,
          role: 'DelegatedPermissionGrant.Read.All',
        }),
      /Microsoft Graph answered 403\)\. Look\./,
    ],
    [
      'when Graph is out',
      () => host.azure.admin.fail({ at: 'grants', kind: 'status', status: 503 }),
      /Microsoft Graph answered 503/,
    ],
    [
      'when Graph answers something else',
      () => host.azure.admin.fail({ at: 'grants', kind: 'status', status: 500, html: true }),
      /Microsoft Graph answered 500/,
    ],
    [
      'when Entra refuses the app',
      () => host.entra.admin.updateApp(api, { secrets: [] }),
      /invalid_client/,
    ],
    [
      'when Entra is out',
      () => host.entra.admin.addFault({ on: 'token', kind: 'reset' }),
      /entra_outage/,
    ],
  ]
  for (const [what, prepare, why] of unknown) {
    test(`says that consent is unknown, and why, ${what}`, async () => {
      prepare()
      const said = await lines()
      assert.equal(said.length, 2)
      for (const line of said) {
        assert.match(line, /^Consent: could not check whether users have consented/)
        assert.match(line, why)
        assert.ok(linkIn(line).pathname.endsWith('/v2.0/adminconsent'), 'the way to consent')
        assert.doesNotMatch(line, /\n|local-api-secret|eyJ/)
      }
    })
  }

  suite('npm run check:consent', () => {
    const program = packageJson.scripts['check:consent'].replace(/^node /, '')
    const file = fileURLToPath(new URL(`../${program}`, import.meta.url))

    /** The token of `az`: of `user` for Graph, with the rights that the CLI asks for. */
    const cliToken = (scopes = ['Directory.AccessAsUser.All']) =>
      host.entra.admin.forgeToken({
        user: alice.oid,
        client: clients.public.clientId,
        resource: graphClientId,
        scopes,
      })

    /**
     * In a folder that has nothing but `files`, beside an Azure CLI that stands for the real one: it answers
     * `az account get-access-token` as that does, or that no account is signed in.
     */
    async function check(
      settings: Record<string, string>,
      { token, files = {} }: { token?: string; files?: Record<string, unknown> } = {},
    ) {
      const cwd = await mkdtemp(join(tmpdir(), 'consent-'))
      const answer = { accessToken: token, expires_on: Math.floor(Date.now() / 1000) + 3600 }
      const az = token
        ? `[ "$1 $2" = 'account get-access-token' ] && echo '${JSON.stringify(answer)}'`
        : `echo "Please run 'az login' to setup account." >&2; exit 1`
      await writeFile(join(cwd, 'az'), `#!/bin/sh\n${az}\n`, { mode: 0o755 })
      for (const [path, content] of Object.entries(files)) {
        await mkdir(join(cwd, path, '..'), { recursive: true })
        await writeFile(join(cwd, path), JSON.stringify(content))
      }
      const options = { cwd, env: { PATH: `${cwd}:/bin:/usr/bin`, ...settings }, timeout: 30_000 }
      const { promise, resolve } = Promise.withResolvers<{ code: unknown; output: string }>()
      const child = execFile(process.execPath, [file], options, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, output: stdout + stderr }),
      )
      const result = await promise
      await rm(cwd, { recursive: true })
      return result
    }
    /** The app's settings, without its credential. */
    const tenant = () => {
      const { ENTRA_CLIENT_SECRET: _secret, ...settings } = host.environment
      return { ...settings, GRAPH_BASE_URL: host.azure.graph }
    }

    test('exits with 0 when all have consented, for an app that may look at nothing', async () => {
      for (const role of ['Application.Read.All', 'DelegatedPermissionGrant.Read.All']) {
        host.entra.admin.removeApplicationRole({ client: api, resource: graphClientId, role })
      }
      host.entra.admin.updateApp(api, { secrets: [] })
      const { code, output } = await check(tenant(), { token: await cliToken() })
      assert.equal(code, 0, output)
      assert.match(output, /Consent is granted: https:\/\/management\.azure\.com\//)
    })

    test('exits with 1 when no user has, and gives the link', async () => {
      withdraw()
      const { code, output } = await check(tenant(), { token: await cliToken() })
      assert.equal(code, 1, output)
      assert.match(output, /NO USER has consented to .*\/v2\.0\/adminconsent\?/)
    })

    test('finds the app that azd has deployed', async () => {
      const { tenantId } = host.entra
      const tenantUrl = `${host.entra.origin}/${tenantId}`
      const values = {
        tenantId,
        apiClientId: api,
        clientId: clients.public.clientId,
        vsCodeClientId: clients.public.clientId,
        issuer: `${tenantUrl}/v2.0`,
        authorizationEndpoint: `${tenantUrl}/oauth2/v2.0/authorize`,
        tokenEndpoint: `${tenantUrl}/oauth2/v2.0/token`,
        endpoints: [{ name: 'cost', url: host.endpoint, scopes: ['cost.read'] }],
      }
      const files = {
        '.azure/config.json': { version: 1, defaultEnvironment: 'dev' },
        '.azure/dev/mcp-clients.json': values,
      }
      const { GRAPH_BASE_URL } = tenant()
      const { code, output } = await check({ GRAPH_BASE_URL }, { token: await cliToken(), files })
      assert.equal(code, 0, output)
    })

    test('exits with 1 and says why when the account lacks the permission, or none is signed in', async () => {
      for (const token of [await cliToken(['User.Read']), undefined]) {
        const { code, output } = await check(tenant(), token === undefined ? {} : { token })
        assert.equal(code, 1, output)
        assert.match(output, /could not check .*az login --tenant [0-9a-f-]{36}\..*adminconsent/)
        assert.doesNotMatch(output, /eyJ|\n {4}at /)
      }
    })

    test('exits with 1 when the settings are not in order, by name', async () => {
      const { code, output } = await check({ ENTRA_TENANT_ID: 'nonsense' })
      assert.equal(code, 1)
      assert.match(output, /^Invalid app settings:\n {2}ENTRA_TENANT_ID /)
      assert.doesNotMatch(output, /nonsense|\n {4}at /)
    })
  })
})
