/**
 * The recipe of README.md ("An endpoint of your own"), verbatim, in a copy of the repository: two files, the commands,
 * a signed-in answer through a real client. And what `npm run new endpoint` writes.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { freePort } from '../local/ports.ts'
import { alice, bob } from '../local/seed.ts'
import { mcpClients, Person } from './support/mcp-clients.ts'
import { copyRepository } from './support/repository-copy.ts'
import { type RunningStack, runStack } from './support/running-stack.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

const readme = readFileSync(`${root}README.md`, 'utf8')
const [, recipe = ''] = /\n## An endpoint of your own\n(.*?)\n## /s.exec(readme) ?? []
const blocks = [...recipe.matchAll(/```(\w+)\n(.*?)```/gs)].map(([, language, text = '']) => ({
  language,
  text,
}))
const [source, farSide, commands, call, answer] = blocks
const files = { 'functions/orders.ts': source?.text, 'local/far-sides/orders.json': farSide?.text }

const { folder: copy, shell: inCopy, remove } = await copyRepository()
after(remove)

test('the recipe is two files, two commands, a call and its answer', () => {
  assert.deepEqual(
    blocks.map(({ language }) => language),
    ['ts', 'json', 'console', 'console', 'json'],
  )
  for (const file of Object.keys(files)) assert.ok(recipe.includes(`\`${file}\``), file)
  assert.equal(commands?.text, '$ npm run generate\n$ npm start\n')
})

suite('the recipe, followed', () => {
  let stack: RunningStack
  let generated: string
  before(async () => {
    for (const [file, text = ''] of Object.entries(files)) writeFileSync(join(copy, file), text)
    generated = (await inCopy('npm run generate')).stdout
    stack = await runStack({}, { root: copy })
  })
  after(() => stack?.stop())

  test('it generates what a deployment needs', () => {
    for (const file of ['functions/endpoints.ts', 'infra/permissions.json', 'README.md']) {
      assert.ok(generated.includes(`wrote ${file}`), file)
    }
    const parameters = readFileSync(join(copy, 'infra/main.parameters.json'), 'utf8')
    assert.match(parameters, /"ORDERS_BASE_URL": "\$\{ORDERS_BASE_URL=\}"/)
  })

  test('the banner and the description list it', () => {
    const { orders = '' } = stack.endpoints
    assert.match(stack.output(), new RegExp(`MCP orders +${orders}\n`))
    assert.match(stack.output(), new RegExp(`orders +${stack.farSides.orders}\n`))
  })

  for (const [name, connect] of Object.entries(mcpClients)) {
    test(`each user gets the API’s own answer through client ${name}`, async () => {
      const expected = z.record(z.string(), z.unknown()).parse(JSON.parse(answer?.text ?? ''))
      for (const [user, orders] of [
        [alice, expected],
        [bob, { orders: [] }],
      ] as const) {
        const person = new Person(user.upn)
        await using client = await connect(stack.endpoints.orders ?? '', person)
        assert.deepEqual((await client.call('list_orders')).structuredContent, orders)
      }
    })
  }

  test('the Inspector prints what the recipe says', {
    skip: process.platform !== 'linux' && 'only xdg-open heeds BROWSER',
  }, async () => {
    const command = (call?.text ?? '')
      .replace(/^\$ /, '')
      .replace('http://localhost:7071', stack.app)
      .replace(
        '--quiet',
        `--quiet --callback-url http://127.0.0.1:${await freePort()}/oauth/callback`,
      )
    const { stdout } = await inCopy(command, {
      HOME: copy,
      MCP_INSPECTOR_SECRET_STORE: 'memory',
      XDG_CURRENT_DESKTOP: 'X-Generic',
    })
    const { result } = z
      .object({ result: z.object({ structuredContent: z.unknown() }) })
      .parse(JSON.parse(stdout))
    assert.deepEqual(result.structuredContent, JSON.parse(answer?.text ?? ''))
  })

  test('the rules for all endpoints hold for it', async () => {
    // infra/snapshots/ need a Bicep compiler, which not every computer has.
    const paths = ['catalogue', 'generate', 'oauth-host', 'rules'].map((it) => `test/${it}.test.ts`)
    await inCopy(`env -u NODE_TEST_CONTEXT node --test ${paths.join(' ')}`)
  })
})

suite('npm run new endpoint', () => {
  test('writes one file with a tool that runs', async () => {
    const { stdout } = await inCopy('npm run new endpoint staff-list')
    assert.match(stdout, /wrote functions\/staff-list\.ts\nwrote functions\/endpoints\.ts/)
    const stack = await runStack({}, { root: copy })
    try {
      const person = new Person(bob.upn)
      const [connect] = Object.values(mcpClients)
      assert.ok(connect)
      await using client = await connect(stack.endpoints['staff-list'] ?? '', person)
      const { structuredContent } = await client.call('who_am_i')
      assert.deepEqual(structuredContent, { displayName: bob.name, userPrincipalName: bob.upn })
    } finally {
      await stack.stop()
    }
    await inCopy('node_modules/.bin/tsc && node_modules/.bin/biome check functions')
  })

  for (const [what, args, said] of [
    ['a name that is taken', 'endpoint cost', /functions\/cost\.ts exists already/],
    ['a name that no URL has', 'endpoint Cost_2', /^Usage: npm run new endpoint <name>/m],
    ['a word of JavaScript', 'endpoint delete', /^The name delete cannot be that of a constant/],
    ['a name that the file has', 'endpoint graph', /^The name graph cannot be that of a constant/],
    ['two words', 'endpoint staff list', /^Usage:/m],
    ['no name', '', /^Usage:/m],
  ] as const) {
    test(`refuses ${what} in one sentence`, async () => {
      await assert.rejects(inCopy(`npm run --silent new ${args}`), { code: 1, stderr: said })
    })
  }
})
