/** LOCAL_HTTPS: a program with unmodified MSAL that only trusts the CA certificate gets tokens from the emulator. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { mcpClients, Person } from '../../test/support/mcp-clients.ts'
import { type RunningStack, runStack } from '../../test/support/running-stack.ts'
import { alice, carol, clients, tenantId } from '../seed.ts'
import { localCertificates } from './certificates.ts'

suite('the certificates', () => {
  const { authority, certificate } = localCertificates()
  const root = new X509Certificate(authority)
  const leaf = new X509Certificate(certificate)

  test('one is a certificate authority, which issued the other for localhost', () => {
    assert.ok(root.ca && !leaf.ca)
    assert.ok(leaf.verify(root.publicKey) && root.verify(root.publicKey))
    assert.equal(leaf.checkHost('localhost'), 'localhost')
    assert.equal(leaf.checkIP('127.0.0.1'), '127.0.0.1')
    assert.equal(leaf.checkHost('contoso.example'), undefined)
  })

  test('every run has new ones', () => {
    assert.notEqual(localCertificates().authority, authority)
  })
})

suite('LOCAL_HTTPS=true', () => {
  let stack: RunningStack
  before(async () => {
    stack = await runStack({ LOCAL_HTTPS: 'true' })
  })
  after(() => stack?.stop())

  test('Entra is on https, the screen names the certificate, and the app works with it', async () => {
    assert.match(stack.entra.origin, /^https:\/\/localhost:\d+$/)
    assert.match(stack.output(), /Trust +\.local\/ca\.pem/)
    const health = await fetch(`${stack.app}/healthz?deep`)
    assert.equal(health.status, 200, await health.text())
    const file = await readFile(join(stack.folder, '.local/ca.pem'), 'utf8')
    assert.equal(new X509Certificate(file).ca, true)
  })

  test('a user signs in on its pages, whose forms a browser sends with an Origin', async () => {
    const authority = await readFile(join(stack.folder, '.local/ca.pem'), 'utf8')
    const trusted = getCACertificates('default')
    setDefaultCACertificates([...trusted, authority])
    try {
      const connect = mcpClients['client v2']
      await using client = await connect(stack.endpoints.cost ?? '', new Person(carol.upn))
      const { isError } = await client.call('list_subscriptions')
      assert.equal(isError, false)
    } finally {
      setDefaultCACertificates(trusted)
    }
  })

  test('unmodified MSAL Node exchanges a token when it trusts the certificate authority', async () => {
    const program = `
      import { ConfidentialClientApplication } from '@azure/msal-node'
      const [origin, tenant, clientId, clientSecret, client, user] = process.argv.slice(2)
      const { token } = await (await fetch(origin + '/admin/tokens', {
        method: 'POST', body: JSON.stringify({ user, client }),
      })).json()
      const app = new ConfidentialClientApplication({
        auth: {
          clientId, clientSecret, authority: origin + '/' + tenant,
          knownAuthorities: [new URL(origin).host],
        },
      })
      const scopes = ['https://management.azure.com/user_impersonation']
      const result = await app.acquireTokenOnBehalfOf({ oboAssertion: token, scopes })
      console.log(result.account.username, result.scopes.join())`
    const run = (trust: Record<string, string>) =>
      promisify(execFile)(
        process.execPath,
        [
          ...['--input-type=module', '-e', program, '-'],
          ...[stack.entra.origin, tenantId, clients.api.clientId, clients.api.secret],
          ...[clients.public.clientId, alice.upn],
        ],
        {
          cwd: fileURLToPath(new URL('../..', import.meta.url)),
          env: { ...process.env, ...trust },
        },
      )
    const { stdout } = await run({ NODE_EXTRA_CA_CERTS: join(stack.folder, '.local/ca.pem') })
    assert.match(stdout, /^alice@contoso\.example .*user_impersonation/)
    await assert.rejects(run({}), /certificate|fetch failed/)
  })
})

test('any other value is one message', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'https-'))
  const child = spawn(process.execPath, [fileURLToPath(new URL('../stack.ts', import.meta.url))], {
    cwd,
    env: { ...process.env, LOCAL_HTTPS: 'yes' },
  })
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  await rm(cwd, { recursive: true })
  assert.deepEqual([said, code], ['LOCAL_HTTPS must be true or false.\n', 1])
})
