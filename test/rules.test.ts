/** Rules about the source itself: Biome keeps the rooms apart, and dangerous words have one place. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const product = globSync('{functions,shared}/**/*.ts', { cwd: root })
  .sort()
  .map((file) => ({ file, text: readFileSync(`${root}${file}`, 'utf8') }))

suite('who may import what (rooms.json)', () => {
  const refused: [file: string, line: string][] = [
    ['functions/cost.ts', "import { z } from 'zod'"],
    ['functions/cost.ts', "import { app } from '@azure/functions'"],
    ['functions/cost.ts', "import { tokenCache } from '../shared/token-cache/token-cache.ts'"],
    ['functions/cost.ts', "import { parseSettings } from '../shared/settings.ts'"],
    ['functions/cost.ts', "import { createServices } from '../shared/services.ts'"],
    ['functions/cost/new.ts', "import { caller } from '../../shared/entra/caller.ts'"],
    ['functions/cost/new.ts', "import { endpoint } from '../../shared/mcp/endpoint.ts'"],
    ['functions/cost/new.ts', "import { send } from '../../shared/api-client/send.ts'"],
    ['functions/cost/new.ts', "const settings = await import('../../shared/settings.ts')"],
    ['functions/main.ts', "import { seed } from '../local/seed.ts'"],
    ['shared/new.ts', "import { caller } from './entra/caller.ts'"],
    ['shared/json.ts', "import { audit } from './audit.ts'"],
    ['shared/services.ts', "import { tool } from './mcp/tool.ts'"],
    ['shared/register.ts', "import { caller } from './entra/caller.ts'"],
    ['shared/downstreams.ts', "import { caller } from './entra/caller.ts'"],
    ['shared/outgoing.ts', "import { page } from './http/page.ts'"],
    ['shared/entra/new.ts', "import { tool } from '../mcp/tool.ts'"],
    ['shared/entra/new.ts', "import { app } from '@azure/functions'"],
    ['shared/token-cache/new.ts', "import { consent } from '../entra/consent.ts'"],
    ['shared/api-client/new.ts', "import { caller } from '../entra/caller.ts'"],
    ['shared/http/new.ts', "export { caller } from '../entra/caller.ts'"],
    ['shared/mcp/new.ts', "import { sign } from 'jose'"],
    ['shared/mcp/new.ts', "import { tokenCache } from '../token-cache/token-cache.ts'"],
    ['shared/oauth/new.ts', "import { endpoint } from '../mcp/endpoint.ts'"],
    ['shared/relay/new.ts', "import { onBehalfOf } from '../entra/on-behalf-of.ts'"],
    ['shared/relay/new.ts', "import { Server } from '@modelcontextprotocol/server'"],
    ['shared/mcp/new.ts', "import { Client } from '@modelcontextprotocol/client'"],
    ['shared/resilience/new.ts', "import { Failure } from '../failure.ts'"],
    ['pages/orders/new.ts', "import { arm } from '../../shared/downstreams.ts'"],
    ['pages/orders/new.ts', "import { readFile } from 'node:fs/promises'"],
    ['local/entra/new.ts', "import type { Caller } from '../../shared/entra/caller.ts'"],
    ['local/new.ts', "import { endpoints } from '../functions/endpoints.ts'"],
  ]
  const accepted: [file: string, line: string][] = [
    ['functions/cost/new.ts', "import type { Api } from '../../shared/api-client/api.ts'"],
    ['functions/main.ts', "import { parseSettings } from '../shared/settings.ts'"],
    ['shared/mcp/new.ts', "import type { Services } from '../services.ts'"],
    ['shared/entra/new.ts', "import { jwtVerify } from 'jose'"],
    ['functions/cost/new.ts', "import type { Ui } from '../../shared/mcp/ui.ts'"],
    ['pages/orders/new.ts', "import { App } from '@modelcontextprotocol/ext-apps'"],
    ['local/function-app.ts', "const app = await import('../functions/main.ts')"],
  ]
  const files = Map.groupBy([...refused, ...accepted], ([file]) => file)
  const at = (file: string, line: string) =>
    `${file},line=${(files.get(file)?.findIndex(([, it]) => it === line) ?? -1) + 1}`

  let complaints: string[]
  before(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rooms-'))
    const rooms = JSON.parse(readFileSync(`${root}rooms.json`, 'utf8'))
    const config = { ...rooms, linter: { rules: { preset: 'none' } } }
    writeFileSync(join(folder, 'biome.json'), JSON.stringify(config))
    for (const [file, rows] of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), rows.map(([, line]) => `${line}\n`).join(''))
    }
    const { stdout } = spawnSync(
      join(root, 'node_modules/.bin/biome'),
      ['lint', '--reporter=github', '--max-diagnostics=none'],
      { cwd: folder, encoding: 'utf8' },
    )
    const found = stdout.matchAll(
      /title=lint\/style\/noRestrictedImports,file=\S*rooms-\w+\/([^,]+,line=\d+)/g,
    )
    complaints = [...found].map(([, place = '']) => place)
    await rm(folder, { recursive: true })
  })

  for (const [file, line] of refused) {
    test(`${file} may not: ${line}`, () => assert.ok(complaints.includes(at(file, line))))
  }
  for (const [file, line] of accepted) {
    test(`${file} may: ${line}`, () => assert.ok(!complaints.includes(at(file, line))))
  }
})

test('an import cycle is refused in every room, types included (biome.json)', async () => {
  const rooms = ['functions', 'shared', 'local', 'bench', 'test', 'doctor', 'generate', 'infra']
  const folder = await mkdtemp(join(tmpdir(), 'cycles-'))
  const { vcs: _vcs, ...config } = JSON.parse(readFileSync(`${root}biome.json`, 'utf8'))
  writeFileSync(join(folder, 'biome.json'), JSON.stringify(config))
  writeFileSync(join(folder, 'rooms.json'), readFileSync(`${root}rooms.json`))
  for (const room of rooms) {
    mkdirSync(join(folder, room))
    writeFileSync(
      join(folder, room, 'one.ts'),
      "import type { B } from './two.ts'\nexport type A = B | 1\n",
    )
    writeFileSync(
      join(folder, room, 'two.ts'),
      "import type { A } from './one.ts'\nexport type B = A[]\n",
    )
  }
  const { stdout } = spawnSync(
    join(root, 'node_modules/.bin/biome'),
    ['lint', '--reporter=github', '--max-diagnostics=none'],
    { cwd: folder, encoding: 'utf8' },
  )
  await rm(folder, { recursive: true })
  const found = stdout.matchAll(/title=lint\/suspicious\/noImportCycles,file=\S*\/(\w+)\/one\.ts/g)
  assert.deepEqual([...found].map(([, room]) => room).sort(), rooms.toSorted())
})

suite('words that have one place', () => {
  const filesWith = (pattern: RegExp) =>
    product.filter(({ text }) => pattern.test(text)).map(({ file }) => file)

  test('the environment is read in one place', () => {
    assert.deepEqual(filesWith(/process\s*\.\s*env|'node:process'/), ['functions/main.ts'])
  })

  test('an assertion is made in one place', () => {
    const made = /new Secret\(\s*'assertion'|Secret<'assertion'>\(/
    assert.deepEqual(filesWith(made), ['shared/entra/access-token.ts'])
  })

  test('a secret is revealed only where it is sent', () => {
    assert.deepEqual(filesWith(/\breveal\b(?!\(\): string)/).filter(isNotItsOwn), [
      'shared/api-client/send.ts',
      'shared/api-client/token-words.ts',
      'shared/encryption-keys.ts',
      'shared/entra/client-credential.ts',
      'shared/entra/on-behalf-of.ts',
      'shared/outgoing.ts',
      'shared/setting-rules.ts',
      'shared/token-cache/table-client.ts',
      'shared/token-cache/token-table.ts',
    ])
  })
  const isNotItsOwn = (file: string) => file !== 'shared/secret.ts'

  test('the platform’s unsigned identity is read nowhere', () => {
    const code = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    const readers = product.filter(({ text }) =>
      /x-ms-client-principal|\.user\b.*HttpUser/i.test(code(text)),
    )
    assert.deepEqual(readers, [])
  })
})

test('actions are pinned: a tag can be moved, a commit cannot', () => {
  const workflows = globSync('.github/workflows/*.yml', { cwd: root })
  const used = workflows.flatMap((file) =>
    readFileSync(`${root}${file}`, 'utf8')
      .split('\n')
      .filter((line) => line.includes('uses:')),
  )
  assert.ok(used.length > 0)
  for (const line of used) assert.match(line, /uses: [\w./-]+@[0-9a-f]{40} # v[\d.]+$/)
})
