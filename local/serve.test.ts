import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import permissions from '../infra/permissions.json' with { type: 'json' }
import sample from '../local.settings.sample.json' with { type: 'json' }
import { runStack } from '../test/support/running-stack.ts'
import { toolCall } from '../test/support/tool-call.ts'
import { localBaseUrls } from './far-sides/base-urls.ts'
import { freePort } from './ports.ts'
import { localSettings } from './stack/settings.ts'

const program = fileURLToPath(new URL('./serve.ts', import.meta.url))
const settings = {
  ENTRA_TENANT_ID: '11111111-1111-4111-8111-111111111111',
  ENTRA_CLIENT_ID: 'a0000000-0000-4000-8000-00000000000a',
  ENTRA_CLIENT_SECRET: 'the-secret',
}

async function serve(t: TestContext, file: string, environment: Record<string, string> = {}) {
  const cwd = await mkdtemp(join(tmpdir(), 'serve-'))
  await writeFile(join(cwd, 'local.settings.json'), file)
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, [program], {
    cwd,
    env: { PATH, PORT: '0', ...environment },
  })
  t.after(() => {
    child.kill('SIGKILL')
    return rm(cwd, { recursive: true })
  })
  return { child, exit: once(child, 'exit') }
}

/** The address of /mcp/cost, once it is printed. */
async function endpointIn(output: Readable): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const [, url] = /^(http:\S+\/mcp\/cost) /.exec(line) ?? []
    if (url) return url
  }
  return ''
}

describe('npm run serve', { timeout: 30_000 }, () => {
  test('the app knows its port, and stops on a signal', async (t) => {
    const { child, exit } = await serve(t, JSON.stringify({ Values: settings }))
    const url = await endpointIn(child.stdout)
    const response = await fetch(url, { method: 'POST' })
    const challenge = response.headers.get('www-authenticate') ?? ''
    assert(challenge.includes(new URL(url).origin), challenge)
    child.kill('SIGINT')
    assert.deepEqual(await exit, [0, null])
  })

  test('the environment wins over the file', async (t) => {
    const file = JSON.stringify({ Values: { ...settings, ENTRA_TENANT_ID: 'nonsense' } })
    const { child } = await serve(t, file, { ENTRA_TENANT_ID: settings.ENTRA_TENANT_ID })
    assert.ok(await endpointIn(child.stdout))
  })

  test('the sample of local.settings.json turns the authorization server on', async (t) => {
    const { child } = await serve(t, JSON.stringify(sample))
    const { origin } = new URL(await endpointIn(child.stdout))
    const response = await fetch(`${origin}/.well-known/oauth-authorization-server`)
    const { issuer } = z.object({ issuer: z.string() }).parse(await response.json())
    assert.equal(issuer, sample.Values.PUBLIC_BASE_URL)
  })

  test('the sample of local.settings.json works with the emulators, as for func start', async (t) => {
    const port = String(await freePort())
    const stack = await runStack({ LOCAL_APP_PORT: port }, { args: [] })
    t.after(() => stack.stop())
    const places: [usual: string, here: string][] = [
      ['http://localhost:7071', stack.app],
      ['http://localhost:8400', stack.entra.origin],
      ['http://localhost:8401/arm', stack.arm],
      ['http://localhost:8401/graph', stack.graph],
      ['http://localhost:10002/devstoreaccount1', stack.tables],
    ]
    const file = places.reduce((text, [usual, here]) => {
      assert.ok(text.includes(usual), usual)
      return text.replaceAll(usual, here)
    }, JSON.stringify(sample))
    const { child } = await serve(t, file, { PORT: port })
    const url = await endpointIn(child.stdout)
    const [alice] = stack.users
    const forged = await fetch(`${stack.entra.admin}/tokens`, {
      method: 'POST',
      body: JSON.stringify({ user: alice?.oid, client: stack.clients.public.clientId }),
    })
    const { token } = z.object({ token: z.string() }).parse(await forged.json())
    const answer = await fetch(url, toolCall(token, 'list_subscriptions'))
    const text = await answer.text()
    assert.equal(answer.status, 200, text)
    for (const id of alice?.subscriptions ?? ['?']) assert.ok(text.includes(id), text)
    const health = await fetch(`${stack.app}/healthz?deep`)
    assert.match(await health.text(), /"keys":"ok","table":"ok","credential":"ok"/)
  })

  test('the sample contains what npm start sets, and the host’s own settings', () => {
    const { TOKEN_CACHE_CONNECTION: _connection, ...values } = sample.Values
    const set = localSettings({
      app: 'http://localhost:7071',
      entra: 'http://localhost:8400',
      baseUrls: localBaseUrls(permissions, {
        arm: 'http://localhost:8401/arm',
        graph: 'http://localhost:8401/graph',
        farSides: {},
      }),
      authorization: 'server',
    })
    const ofTheHost = /^(FUNCTIONS_|AzureWebJobs)/
    const ofTheApp = Object.entries(values).filter(([name]) => !ofTheHost.test(name))
    assert.deepEqual(Object.fromEntries(ofTheApp), set)
  })

  const refused: [what: string, file: string, said: RegExp][] = [
    ['a missing setting', '{ "Values": {} }', /^Invalid app settings:.*\n[^{}]*ENTRA_TENANT_ID/],
    [
      'a file that is not JSON',
      '{ "a": "the-secret" "b" }',
      /^local\.settings\.json is not valid JSON/,
    ],
    [
      'a value that is no text',
      '{ "Values": { "A": { "the-secret": 1 } } }',
      /^local\.settings\.json .*Values\.A: /,
    ],
  ]
  for (const [what, file, said] of refused) {
    test(`${what} is named, no value and no stack trace shown`, async (t) => {
      const { child, exit } = await serve(t, file)
      const [output, [code]] = await Promise.all([text(child.stderr), exit])
      assert.match(output, said)
      assert.doesNotMatch(output, /the-secret|\n {4}at /)
      assert.equal(code, 1)
    })
  }
})
