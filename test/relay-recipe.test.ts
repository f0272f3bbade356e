/**
 * The recipe of docs/relay.md, verbatim, in a copy of the repository: one file, the commands, and each user called as
 * themselves through real clients, consent to a further scope of the relayed server included.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { alice, bob, carol } from '../local/seed.ts'
import { openPage } from './support/consent-page.ts'
import { mcpClients, Person } from './support/mcp-clients.ts'
import { copyRepository } from './support/repository-copy.ts'
import { type RunningStack, runStack } from './support/running-stack.ts'
import { signIn } from './support/sign-in.ts'

const guide = readFileSync(new URL('../docs/relay.md', import.meta.url), 'utf8')
const [, source = ''] = /```ts\n(\/\*\* \/mcp\/notes.*?)```/s.exec(guide) ?? []

const { folder, shell, remove } = await copyRepository()
let stack: RunningStack
before(async () => {
  writeFileSync(join(folder, 'functions/notes.ts'), source)
  await shell('npm run generate')
  stack = await runStack({}, { root: folder })
})
after(async () => {
  await stack?.stop()
  await remove()
})

test('the relay compiles, and the rules for all endpoints hold for it', async () => {
  await shell('node_modules/.bin/tsc && node_modules/.bin/biome check functions')
  const rules = ['catalogue', 'generate', 'rules'].map((it) => `test/${it}.test.ts`)
  await shell(`env -u NODE_TEST_CONTEXT node --test ${rules.join(' ')}`)
})

test('the banner and the description say where both servers are', () => {
  const { notes = '' } = stack.farSides
  assert.match(notes, /^http:\/\/localhost:\d+\/mcp$/)
  assert.match(stack.output(), new RegExp(`MCP notes +${stack.endpoints.notes}\n`))
  assert.match(stack.output(), new RegExp(`\n +notes +${notes}\n`))
})

for (const [name, connect] of Object.entries(mcpClients)) {
  test(`client ${name}: each user has their own notes, and adding takes the role`, async () => {
    for (const [user, own] of [
      [alice, ['Renew the Fabrikam contract', 'Ask Bob about staging']],
      [bob, ['Close the retail budget']],
      [carol, []],
    ] as const) {
      await using client = await connect(stack.endpoints.notes ?? '', new Person(user.upn))
      assert.deepEqual(await client.tools(), ['list_notes', 'add_note', 'share_note'])
      const { structuredContent } = await client.call('list_notes')
      const said = JSON.stringify(structuredContent)
      for (const text of own) assert.ok(said.includes(text), said)
      if (user !== alice) assert.doesNotMatch(said, /Fabrikam/)

      const added = await client.call('add_note', { text: `By ${name}` })
      // The seed assigns roles to alice alone.
      assert.equal(added.isError, user !== alice)
      if (user !== alice) assert.match(added.content[0]?.text ?? '', /app role Notes\.Writer/)
    }
  })
}

test('a further scope of the server is consented to once, in the browser', async () => {
  await using client = await mcpClients['client v2'](
    stack.endpoints.notes ?? '',
    new Person(bob.upn),
  )
  const share = () => client.call('share_note', { id: 'n3', to: alice.upn })
  const { isError, content } = await share()
  assert.ok(isError)
  const [link = assert.fail(content[0]?.text)] = /https?:\/\/\S+/.exec(content[0]?.text ?? '') ?? []
  const page = await openPage(await signIn(new URL(link), bob.upn))
  assert.deepEqual([page.status, page.title], [200, 'Done'])
  assert.deepEqual((await share()).content[0]?.text, `${alice.upn} has it too.`)
})
