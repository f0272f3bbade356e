/** What azd runs first and last: the check of its version, and the deletion of the app registrations. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import * as z from 'zod'
import { azureApi } from '../infra/foundry/azure-api.ts'
import { removeRegistrations } from '../infra/hooks/remove-registrations.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

suite('the version of azd', () => {
  const [posix] = z
    .object({
      hooks: z.object({
        preup: z.object({ posix: z.object({ shell: z.string(), run: z.string() }) }),
      }),
    })
    .transform(({ hooks }) => [hooks.preup.posix])
    .parse(parse(readFileSync(`${root}azure.yaml`, 'utf8')))

  /** As azd runs it. @param prints what `azd version` says; nothing: there is no azd on the path */
  async function run(prints: string | undefined) {
    const folder = await mkdtemp(join(tmpdir(), 'azd-'))
    if (prints !== undefined) {
      await writeFile(join(folder, 'azd'), `#!/bin/sh\necho '${prints}'\n`, { mode: 0o755 })
    }
    const { promise, resolve } = Promise.withResolvers<{ code: unknown; said: string }>()
    const env = { PATH: `${folder}:${join(process.execPath, '..')}:/bin` }
    const child = execFile(
      posix?.shell ?? '',
      ['-c', posix?.run ?? ''],
      { cwd: root, env },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, said: stdout + stderr }),
    )
    const result = await promise
    await rm(folder, { recursive: true })
    return result
  }
  const said = (version: string) => `azd version ${version} (commit 0123abc) (stable)`

  for (const version of ['1.9.0', '1.23.14', '0.8.0']) {
    test(`${version}: says what is needed, and stops`, async () => {
      const { code, said: text } = await run(said(version))
      assert.equal(code, 1)
      assert.match(text, /needs azd 1\.23\.15 or later.*aka\.ms\/azd-install/)
      assert.ok(text.includes(version))
    })
  }
  for (const version of ['1.23.15', '1.24.0', '1.100.0', '2.0.0', '0.0.0-dev.0']) {
    test(`${version}: goes on without a word`, async () => {
      assert.deepEqual(await run(said(version)), { code: 0, said: '' })
    })
  }
  for (const [what, prints] of [
    ['words that are none of its', 'a newer azd is available'],
    ['no azd to ask', undefined],
  ] as const) {
    test(`${what}: goes on`, async () => assert.deepEqual(await run(prints), { code: 0, said: '' }))
  }
})

suite('the app registrations, after azd down', () => {
  const api = 'a0000000-0000-4000-8000-000000000001'
  const client = 'c0000000-0000-4000-8000-000000000002'
  const idOf = (appId: string) => appId.replace(/^./, 'd')
  type Registrations = Record<string, { displayName: string; uniqueName: string | null }>
  const ours: Registrations = {
    [api]: { displayName: 'MCP servers (dev)', uniqueName: 'mcp-api-abcdefghijklm' },
    [client]: { displayName: 'MCP clients (dev)', uniqueName: 'mcp-clients-abcdefghijklm' },
  }

  /** Graph, as far as applications are read and deleted (application: get, delete). @param refuses deletions */
  async function remove(present: Registrations, { refuses = false } = {}) {
    const deleted: string[] = []
    const server = createServer((request, response) => {
      const answer = (status: number, body?: unknown) => {
        response.writeHead(status).end(body === undefined ? undefined : JSON.stringify(body))
      }
      const error = (status: number, code: string) =>
        answer(status, { error: { code, message: 'as it is' } })
      if (request.headers.authorization !== 'Bearer of azd')
        return error(401, 'InvalidAuthenticationToken')
      const url = new URL(request.url ?? '', 'http://graph.example')
      const [, key, value = ''] = /^\/v1\.0\/applications\((\w+)='(.+)'\)$/.exec(url.pathname) ?? []
      const isNamed = ([, it]: [string, Registrations[string]]) => it.uniqueName === value
      const [appId = ''] =
        key === 'uniqueName' ? (Object.entries(present).find(isNamed) ?? []) : [value]
      const found = present[appId]
      if (request.method === 'GET' && found) {
        assert.equal(url.search, '?$select=id,displayName,uniqueName')
        return answer(200, { id: idOf(appId), ...found })
      }
      if (request.method !== 'DELETE') return error(404, 'Request_ResourceNotFound')
      if (refuses) return error(403, 'Authorization_RequestDenied')
      deleted.push(url.pathname)
      return answer(204)
    })
    server.listen(0, 'localhost')
    await once(server, 'listening')
    const address = server.address()
    assert.ok(typeof address === 'object' && address !== null)
    const graph = azureApi({
      name: 'Microsoft Graph',
      baseUrl: `http://localhost:${address.port}`,
      scope: 'https://graph.microsoft.com/.default',
      credential: { getToken: async () => ({ token: 'of azd', expiresOnTimestamp: 0 }) },
    })
    const said = await removeRegistrations({ apiClientId: api, clientId: client }, graph)
      .then((sentences) => sentences.join('\n'), String)
      .finally(() => server.close())
    return { said, deleted }
  }
  const pathOf = (appId: string) => `/v1.0/applications/${idOf(appId)}`

  test('are deleted, clients first, and can be restored', async () => {
    const { said, deleted } = await remove(ours)
    assert.deepEqual(deleted, [pathOf(client), pathOf(api)])
    assert.match(said, /"MCP servers \(dev\)"; it can be restored for 30 days/)
    assert.ok(said.includes(`deletedItems/${idOf(api)}`))
  })

  for (const [kind, displayName] of [
    ['foundry', 'MCP client Foundry (dev)'],
    ['signin', 'MCP sign-in (dev)'],
  ] as const) {
    test(`are deleted with ${displayName}, which goes first`, async () => {
      const other = 'c0000000-0000-4000-8000-000000000003'
      const made = { [other]: { displayName, uniqueName: `mcp-${kind}-abcdefghijklm` } }
      const { deleted } = await remove({ ...ours, ...made })
      assert.deepEqual(deleted, [pathOf(other), pathOf(client), pathOf(api)])
    })
  }

  test('may be deleted already', async () => {
    assert.deepEqual((await remove({ [api]: ours[api] ?? assert.fail() })).deleted, [pathOf(api)])
    const { said, deleted } = await remove({})
    assert.deepEqual(deleted, [])
    assert.match(said, /deleted already/)
  })

  const strangers: [what: string, change: Registrations[string]][] = [
    ['made by hand', { displayName: 'Payroll', uniqueName: null }],
    ['of another template', { displayName: 'Payroll', uniqueName: 'payroll-api' }],
    ['of another deployment', { displayName: 'MCP', uniqueName: 'mcp-clients-zzzzzzzzzzzzz' }],
  ]
  for (const [what, stranger] of strangers) {
    test(`stay, all of them, when one is ${what}`, async () => {
      const { said, deleted } = await remove({ ...ours, [client]: stranger })
      assert.deepEqual(deleted, [])
      assert.match(said, /nothing is deleted/)
      assert.ok(said.includes(stranger.displayName))
    })
  }

  test('are named with Graph’s code when the person may not delete them', async () => {
    const { said, deleted } = await remove(ours, { refuses: true })
    assert.deepEqual(deleted, [])
    assert.match(said, /Could not delete the registration .*403 Authorization_RequestDenied/)
    assert.doesNotMatch(said, /as it is/)
  })

  /** The hook as azd runs it. */
  async function hook(environment: Record<string, string>) {
    const { promise, resolve } = Promise.withResolvers<{ code: unknown; said: string }>()
    const env = { PATH: process.env.PATH, ...environment }
    const file = `${root}infra/hooks/registrations.ts`
    const tsx = `${root}node_modules/.bin/tsx`
    const child = execFile(tsx, ['--', file], { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, said: stdout + stderr }),
    )
    return promise
  }

  test('stay while azd still knows the template’s outputs', async () => {
    const { code, said } = await hook({ AZURE_ENV_NAME: 'dev', FUNCTION_APP_ID: '/app' })
    assert.equal(code, 1)
    assert.match(said, /^The function app still exists/)
  })

  test('are not looked for in an environment that was never provisioned', async () => {
    const { code, said } = await hook({ AZURE_ENV_NAME: 'never-provisioned' })
    assert.equal(code, 0)
    assert.match(said, /^There is no \.azure\/never-provisioned\/mcp-clients\.json/)
  })
})
