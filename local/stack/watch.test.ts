/** `npm start -- --watch`, without npm, in a copy of the repository whose sources change. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventually } from '../../test/support/eventually.ts'
import { type RunningStack, runStack } from '../../test/support/running-stack.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

suite('the functions of a watched stack', { timeout: 120_000 }, () => {
  let copy: string
  let stack: RunningStack
  before(async () => {
    copy = await mkdtemp(join(tmpdir(), 'watched-'))
    const list = ['ls-files', '--cached', '--others', '--exclude-standard']
    const files = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\n')
    for (const file of files.filter(Boolean)) {
      mkdirSync(dirname(join(copy, file)), { recursive: true })
      copyFileSync(join(root, file), join(copy, file))
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    stack = await runStack({}, { root: copy, args: ['--app', '--watch'] })
  })
  after(async () => {
    await stack?.stop()
    await rm(copy, { recursive: true, force: true })
  })

  const file = 'functions/cost.ts'
  const edit = (change: (source: string) => string) =>
    writeFileSync(join(copy, file), change(readFileSync(join(copy, file), 'utf8')))
  const page = async () => (await fetch(stack.app, { headers: { accept: 'text/html' } })).text()
  const said = (words: RegExp) => eventually(() => assert.match(stack.output(), words))

  test('restart when a source changes, with a line that names it; the tenant stays', async () => {
    const state = () => fetch(`${stack.entra.admin}/state`).then((answer) => answer.json())
    const dora = { oid: 'dddddddd-0000-4000-8000-dddddddddddd', upn: 'dora@contoso.example' }
    const body = JSON.stringify({ ...dora, name: 'Dora' })
    await fetch(`${stack.entra.admin}/users`, { method: 'PUT', body })
    assert.doesNotMatch(await page(), /Planted title/)
    edit((source) => source.replace(/title: '[^']+'/, "title: 'Planted title'"))
    await said(/^functions\/cost\.ts changed: restarting the functions\.$/m)
    await said(/^The functions restarted in \d+ ms\.$/m)
    assert.match(await page(), /Planted title/)
    assert.match(JSON.stringify(await state()), /dora@contoso\.example/)
  })

  test('restart each time an editor replaces a source, in a new folder too', async () => {
    const folder = join(copy, 'functions', 'planted')
    mkdirSync(folder)
    const replace = (title: string) => {
      const draft = join(folder, 'draft~')
      writeFileSync(draft, `export const title = '${title}'\n`)
      renameSync(draft, join(folder, 'title.ts'))
    }
    replace('Replaced title')
    edit((source) =>
      source
        .replace(/title: '[^']+'/, 'title')
        .replace(/^import /m, "import { title } from './planted/title.ts'\nimport "),
    )
    await eventually(async () => assert.match(await page(), /Replaced title/))
    for (const title of ['Replaced again', 'Replaced a third time']) {
      replace(title)
      await eventually(async () => assert.match(await page(), new RegExp(title)))
    }
    edit((source) => source.replace(/\btitle,/, "title: 'Planted title',"))
    await eventually(async () => assert.match(await page(), /Planted title/))
  })

  test('a source that does not load is reported, and the next change restarts', async () => {
    const sound = readFileSync(join(copy, file), 'utf8')
    edit((source) => `${source}\nconst = 1\n`)
    await said(/SyntaxError/)
    await said(/^The functions have stopped\. The next change restarts them\.$/m)
    edit(() => sound.replace('Planted title', 'Fixed title'))
    await eventually(async () => assert.match(await page(), /Fixed title/))
  })

  test('stop with the stack', async () => {
    await stack.stop()
    await assert.rejects(fetch(stack.app))
  })
})
