/** The recipe of docs/relay.md, verbatim: it serves the notes server, and its fields are those that exist. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { alice, bob } from '../local/seed.ts'
import type { EndpointDefinition } from '../shared/mcp/define-endpoint.ts'
import { type Relayed, startRelayed, tokenFor } from './support/relay.ts'

let relayed: Relayed
let folder: string
let definition: EndpointDefinition
before(async () => {
  relayed = await startRelayed()
  folder = await mkdtemp(join(tmpdir(), 'relay-recipe-'))
  const guide = await readFile(new URL('../docs/relay.md', import.meta.url), 'utf8')
  const [, source = ''] = /```ts\n(\/\*\* \/mcp\/notes.*?)```/s.exec(guide) ?? []
  const file = join(folder, 'notes.ts')
  await writeFile(
    file,
    source.replaceAll("'../shared/", `'${new URL('../shared/', import.meta.url)}`),
  )
  definition = (await import(file)).notes
})
after(async () => {
  await rm(folder, { recursive: true })
  await relayed.close()
})

test('each user calls it as themselves; who lacks the role is told so', async () => {
  const app = relayed.product.app({ definition, settings: { NOTES_BASE_URL: relayed.notes.url } })
  const claims = { scp: 'notes.read notes.write' }
  for (const [user, text] of [
    [alice, /Fabrikam contract/],
    [bob, /retail budget/],
  ] as const) {
    assert.match((await app.result(await tokenFor(relayed, user, claims), 'list_notes')).text, text)
  }
  const roles = ['Notes.Writer']
  const add = async (claims: Record<string, unknown>) =>
    app.result(await tokenFor(relayed, alice, claims), 'add_note', { text: 'New' })
  assert.match((await add(claims)).text, /lacks the app role Notes\.Writer/)
  assert.equal((await add({ ...claims, roles })).isError, false)
})
