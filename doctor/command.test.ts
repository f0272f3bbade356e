/** `npm run doctor`, without npm: with a local stack running in the folder, and without one. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import packageJson from '../package.json' with { type: 'json' }
import { type RunningStack, runStack } from '../test/support/running-stack.ts'

const program = fileURLToPath(
  new URL(`../${packageJson.scripts.doctor.replace(/^node /, '')}`, import.meta.url),
)

function doctor(cwd: string, args: string[] = [], input = '') {
  const { promise, resolve } = Promise.withResolvers<{ code: unknown; output: string }>()
  const options = { cwd, env: { PATH: process.env.PATH }, timeout: 60_000 }
  const child = execFile(process.execPath, [program, ...args], options, (_error, stdout, stderr) =>
    resolve({ code: child.exitCode, output: stdout + stderr }),
  )
  child.stdin?.end(input)
  return promise
}

const tokenAnswer = z.object({ token: z.string() })

suite('with the local stack', () => {
  let stack: RunningStack
  before(async () => {
    stack = await runStack({ LOCAL_AUTHORIZATION: 'entra' })
  })
  after(() => stack?.stop())

  test('it finds nothing, also when clients sign in at Entra', async () => {
    const { code, output } = await doctor(stack.folder)
    assert.equal(code, 0, output)
    assert.match(output, /^http:\/\/localhost:\d+\n✓ App settings/)
    assert.match(
      output,
      /exchanged for a token with aud https:\/\/management\.azure\.com, scp user_imp/,
    )
    assert.match(output, /Off: clients sign in at Entra/)
    assert.match(output, /\nNothing wrong was found\.\n$/)
  })

  test('it exits with 1 on a finding, also with --json', async () => {
    const api = stack.entra.admin
    const id = z
      .object({ apps: z.array(z.object({ clientId: z.string(), name: z.string() })) })
      .parse(await (await fetch(`${api}/state`)).json())
      .apps.find(({ name }) => name === 'Contoso MCP servers')?.clientId
    await fetch(`${api}/apps/${id}`, { method: 'PATCH', body: '{"appRoles":[]}' })
    const { code, output } = await doctor(stack.folder, [stack.app, '--json'])
    await fetch(`${api}/reset`, { method: 'POST' })
    assert.equal(code, 1, output)
    const { checks } = z
      .object({
        checks: z.array(
          z.object({ name: z.string(), findings: z.array(z.object({ who: z.string() })) }),
        ),
      })
      .parse(JSON.parse(output))
    const complaints = checks.filter(({ findings }) => findings.length > 0)
    assert.deepEqual(
      complaints.map(({ name, findings }) => [name, findings[0]?.who]),
      [['registration', 'administrator']],
    )
  })

  test('it explains a token from standard input', async () => {
    const [alice] = stack.users
    const body = JSON.stringify({ user: alice?.oid, client: stack.clients.public.clientId })
    const answer = await fetch(`${stack.entra.admin}/tokens`, { method: 'POST', body })
    const { token } = tokenAnswer.parse(await answer.json())
    const taken = await doctor(stack.folder, ['--token'], token)
    assert.equal(taken.code, 0, taken.output)
    assert.match(taken.output, /✓ \/mcp\/cost list_subscriptions/)
    const refused = await doctor(stack.folder, ['--token'], 'nonsense')
    assert.equal(refused.code, 1)
    assert.match(refused.output, /not a signed JWT/)
  })
})

test('without stack, settings or sign-in it says what it could not check, and what to do', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'doctor-'))
  const { code, output } = await doctor(cwd, ['http://localhost:9'])
  const mistaken = await doctor(cwd, ['localhost:7071'])
  await rm(cwd, { recursive: true })
  assert.equal(code, 1)
  assert.match(output, /✗ App settings\n {4}Seen {6}ENTRA_TENANT_ID is missing/)
  assert.match(
    output,
    /✗ The app, and what it reaches\n {4}Seen {6}No answer from http:\/\/localhost:9/,
  )
  assert.match(output, /– Consent\n {4}Not checked: The app settings are invalid/)
  assert.doesNotMatch(output, /\n {4}at /)
  assert.equal(mistaken.code, 1)
  assert.match(mistaken.output, /^localhost:7071 is not the URL of a host/)
  assert.match(mistaken.output, /npm run doctor \[-- https:\/\/host\]/)
})
