/**
 * What `npm start` writes to .local/stack.json and to the screen, and whether it is true. stack.test.ts tests how it
 * stops, and its messages when it cannot start.
 */
import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as z from 'zod'
import permissions from '../../infra/permissions.json' with { type: 'json' }
import packageJson from '../../package.json' with { type: 'json' }
import { type RunningStack, runStack } from '../../test/support/running-stack.ts'
import { alice, bob, carol, clients, subscriptions, tenantId } from '../seed.ts'
import { writeDescription } from './description.ts'

let stack: RunningStack
before(async () => {
  stack = await runStack()
})
after(() => stack?.stop())

test('npm start is what these tests run', () => {
  assert.equal(packageJson.scripts.start, 'node local/stack.ts --app')
})

test('.local/stack.json has all addresses, readable by its owner only', async () => {
  const path = join(stack.folder, '.local/stack.json')
  const { mode } = await stat(path)
  assert.equal(mode & 0o777, 0o600)

  const { app, entra, arm, graph, tables, adminKey } = stack
  const { clientId, redirectUris } = clients.public
  const readBy = ({ oid }: { oid: string }) =>
    subscriptions.filter(({ readers }) => readers.includes(oid)).map(({ id }) => id)
  const users = [alice, bob, carol].map(({ upn, oid }) => ({
    ...{ upn, oid, subscriptions: readBy({ oid }) },
    roles: oid === alice.oid ? permissions.appRoles.map(({ value }) => value) : [],
  }))
  assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), {
    ...{ app, adminKey, arm, graph, tables, users },
    endpoints: Object.fromEntries(
      permissions.endpoints.map(({ name }) => [name, `${app}/mcp/${name}`]),
    ),
    farSides: {},
    entra: { origin: entra.origin, tenantId, admin: `${entra.origin}/admin` },
    clients: {
      public: { clientId, redirectUris },
      confidential: {
        clientId: clients.confidential.clientId,
        clientSecret: 'local-client-secret',
        redirectUris,
      },
    },
  })
  assert.ok(adminKey.length >= 32)
  const azure = new URL(arm).origin
  assert.deepEqual([arm, graph], [`${azure}/arm`, `${azure}/graph`])
  assert.match(tables, /^http:\/\/localhost:\d+\/devstoreaccount1$/)
})

test('a folder that is not writable is one message', async () => {
  const description = JSON.parse(await readFile(join(stack.folder, '.local/stack.json'), 'utf8'))
  await assert.rejects(writeDescription('package.json/stack.json', description), {
    name: 'SettingsError',
    message:
      /^package\.json\/stack\.json could not be written \(.+\)\. Start in a writable folder\.$/,
  })
})

test('every part of it answers', async () => {
  const health = await fetch(`${stack.app}/healthz?deep`)
  assert.equal(health.status, 200)
  const answers = await Promise.all(
    [
      `${stack.entra.origin}/${tenantId}/v2.0/.well-known/openid-configuration`,
      `${stack.arm}/subscriptions?api-version=2022-12-01`,
      `${stack.graph}/v1.0/me`,
      `${stack.tables}/Tables`,
    ].map(async (url) => (await fetch(url)).status),
  )
  assert.deepEqual(answers, [200, 401, 401, 403])
})

test('the screen shows the addresses, the users, and a command for an MCP client', () => {
  const screen = stack.output()
  for (const said of [
    ...[stack.app, stack.endpoints.cost, stack.entra.origin, stack.arm, stack.graph, stack.tables],
    ...[alice.upn, `npx mcp-inspector --cli ${stack.endpoints.cost}`],
  ]) {
    assert.ok(screen.includes(`${said}`), said)
  }
  assert.ok(!screen.includes(stack.adminKey))
})

test('the app is the authorization server, so that the client’s command needs only a URL', async () => {
  assert.deepEqual(await authorizationServers(stack), [stack.app])
  assert.match(stack.output(), new RegExp(`--cli ${stack.endpoints.cost} .*--method tools/list\n`))
  assert.doesNotMatch(stack.output(), /--client-id/)
})

test('the banner is first, and long names fit it', () => {
  const lines = stack.output().split('\n')
  assert.equal(
    lines.findIndex((line) => line.startsWith('The local stack runs at ')),
    1,
  )
  const starts = lines
    .filter((line) => /^ {2}(MCP|Entra|ARM|Graph|Tables|Sign|All)/.test(line))
    .map((line) => line.search(/(?<= {2})(http|\.local|\S+@)/))
  assert.equal(new Set(starts).size, 1)
})

test("a real tenant's settings in the environment do not reach it", async () => {
  const elsewhere = { ENTRA_TENANT_ID: 'none', PUBLIC_BASE_URL: 'https://elsewhere.example' }
  const settings = { WEBSITE_SITE_NAME: 'azure', OAUTH_CLIENT_ID: clients.signIn.clientId }
  const other = await runStack({ ...elsewhere, ...settings, LOCAL_AUTHORIZATION: 'entra' })
  try {
    // LOCAL_AUTHORIZATION=entra: clients are sent to Entra, which knows registered ones only.
    assert.deepEqual(await authorizationServers(other), [`${other.entra.origin}/${tenantId}/v2.0`])
    const { status } = await fetch(`${other.app}/.well-known/oauth-authorization-server`)
    assert.equal(status, 404)
    assert.ok(other.output().includes(` --client-id ${clients.public.clientId} `))
  } finally {
    await other.stop()
  }
})

const metadata = z.object({ resource: z.string(), authorization_servers: z.array(z.string()) })
async function authorizationServers({ app, endpoints }: RunningStack): Promise<string[]> {
  const response = await fetch(`${app}/.well-known/oauth-protected-resource/mcp/cost`)
  const { resource, authorization_servers } = metadata.parse(await response.json())
  assert.equal(resource, endpoints.cost)
  return authorization_servers
}
