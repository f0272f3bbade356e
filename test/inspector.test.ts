/**
 * The MCP Inspector's command line against the running stack, with a program in place of the browser: the person signs
 * in, lists and calls tools, and consents to a further scope when a tool asks.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { freePort } from '../local/ports.ts'
import { alice, bob, subscriptions, type User } from '../local/seed.ts'
import { type RunningStack, runStack } from './support/running-stack.ts'

const skip =
  process.platform !== 'linux' && 'only xdg-open heeds BROWSER: elsewhere a real one would open'

let stack: RunningStack
let home: string
before(async () => {
  if (skip) return
  home = await mkdtemp(join(tmpdir(), 'inspector-'))
  stack = await runStack({ LOCAL_AUTHORIZATION: 'entra' })
})
after(async () => {
  await stack?.stop()
  if (home) await rm(home, { recursive: true })
})

test('the Inspector lists the tools', { skip }, async () => {
  const { tools } = await inspect(alice, ['--method', 'tools/list'])
  const names = tools.map(({ name }) => name)
  assert.deepEqual(names, [
    'list_subscriptions',
    'cost_by_service',
    'compare_costs',
    'cost_forecast',
    'list_budgets',
    'cost_export',
  ])
})

for (const era of ['legacy', 'modern']) {
  test(`the Inspector calls a tool as the user who signed in, ${era}`, { skip }, async () => {
    for (const user of [alice, bob]) {
      const result = await inspect(user, [...call('list_subscriptions'), '--protocol-era', era])
      const own = subscriptions.filter(({ readers }) => readers.includes(user.oid))
      assert.deepEqual(result.structuredContent, {
        subscriptions: own.map(({ id, name }) => ({ id, name, state: 'Enabled' })),
      })
    }
  })
}

test('the Inspector asks for a tool’s further scope, and the person agrees', {
  skip,
}, async () => {
  const month = new Date().toISOString().slice(0, 7)
  const result = await inspect(
    alice,
    [...call('cost_export'), '--tool-arg', `scope=${subscriptions[0]?.id}`, `month=${month}`],
    'y\n',
  )
  assert.equal(result.structuredContent.status, 'ready')
})

const call = (tool: string) => ['--method', 'tools/call', '--tool-name', tool]

const printed = z.object({
  result: z.object({
    tools: z.array(z.object({ name: z.string() })).default([]),
    structuredContent: z.record(z.string(), z.unknown()).default({}),
  }),
})

/** @param input what the person types */
async function inspect(
  { upn }: User,
  args: string[],
  input = '',
): Promise<z.output<typeof printed>['result']> {
  const launcher = import.meta.resolve(
    '@modelcontextprotocol/inspector/clients/launcher/build/index.js',
  )
  const command = [
    fileURLToPath(launcher),
    ...['--cli', stack.endpoints.cost ?? '', '--transport', 'http', '--format', 'json', '--quiet'],
    ...['--client-id', stack.clients.public.clientId],
    ...['--callback-url', `http://127.0.0.1:${await freePort()}/oauth/callback`],
    ...args,
  ]
  const env = {
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
    HOME: home,
    MCP_INSPECTOR_SECRET_STORE: 'memory',
    MCP_AUTO_OPEN_ENABLED: 'true',
    // No desktop: desktops ignore BROWSER.
    XDG_CURRENT_DESKTOP: 'X-Generic',
    BROWSER: 'node test/support/sign-in.ts',
    SIGN_IN_AS: upn,
  }
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const child = spawn(process.execPath, command, { cwd, env, timeout: 30_000 })
  child.stdin.end(input)
  const [output, errors] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  assert.equal(child.exitCode, 0, errors)
  return printed.parse(JSON.parse(output)).result
}
