import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('./install.mjs', import.meta.url))

/** Stands in for npm: logs its run, takes a moment, and writes npm's copy of the lock file. */
const fakeNpm = `
import { appendFileSync, copyFileSync, existsSync, mkdirSync } from 'node:fs'
appendFileSync('ran', process.argv[2] + ' ')
if (existsSync('fail')) process.exit(7)
mkdirSync('node_modules', { recursive: true })
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
copyFileSync('package-lock.json', 'node_modules/.package-lock.json')
`

type Project = { folder: string; write: (name: string, content: unknown) => Promise<void> }
let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'install-'))
  return () => rm(folder, { recursive: true })
})

async function project(name: string): Promise<Project> {
  const at = await mkdtemp(join(folder, `${name}-`))
  const write: Project['write'] = (file, content) =>
    writeFile(join(at, file), typeof content === 'string' ? content : JSON.stringify(content))
  await write('npm-cli.js', fakeNpm)
  await write('package.json', { type: 'module', dependencies: { a: '1.0.0' } })
  await write('package-lock.json', lockfile('1.0.0'))
  return { folder: at, write }
}

const lockfile = (version: string) => ({
  lockfileVersion: 3,
  packages: {
    '': { dependencies: { a: '1.0.0' } },
    'node_modules/a': { version, integrity: `sha512-${version}` },
  },
})

async function install({ folder: cwd }: Project): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [script], {
    cwd,
    env: { ...process.env, npm_execpath: join(cwd, 'npm-cli.js') },
  })
  const [output, error, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { code, output: output + error }
}

const ran = ({ folder: at }: Project) => readFile(join(at, 'ran'), 'utf8').catch(() => '')

test('a fresh clone is installed once, with a message', async () => {
  const fresh = await project('fresh')
  const first = await install(fresh)
  assert.equal(first.code, 0)
  assert.match(first.output, /^Installing /)
  assert.deepEqual(await install(fresh), { code: 0, output: '' })
  assert.equal(await ran(fresh), 'ci ')
})

test('other packages in the lock file are installed', async () => {
  const changed = await project('changed')
  await install(changed)
  await changed.write('package-lock.json', lockfile('1.0.1'))
  await install(changed)
  assert.equal(await ran(changed), 'ci ci ')
})

test('a dependency missing from the lock file is left to npm, which explains the error', async () => {
  const declared = await project('declared')
  await install(declared)
  await declared.write('package.json', { type: 'module', dependencies: { a: '1.0.0', b: '1' } })
  await install(declared)
  assert.equal(await ran(declared), 'ci ci ')
})

test('an optional package may be missing only if it is for another platform', async () => {
  for (const [cpu, runs] of [
    ['another', 'ci '],
    [process.arch, 'ci ci '],
  ]) {
    const optional = await project('optional')
    await install(optional)
    const { lockfileVersion, packages } = lockfile('1.0.0')
    const b = { version: '1.0.0', optional: true, os: [process.platform], cpu: [cpu] }
    const extended = { lockfileVersion, packages: { ...packages, 'node_modules/b': b } }
    await optional.write('package-lock.json', extended)
    await install(optional)
    assert.equal(await ran(optional), runs)
  }
})

test('two concurrent runs install once', async () => {
  const shared = await project('shared')
  const results = await Promise.all([install(shared), install(shared), install(shared)])
  assert.deepEqual(
    results.map(({ code }) => code),
    [0, 0, 0],
  )
  assert.equal(await ran(shared), 'ci ')
})

test('the lock of an ended process is ignored', async () => {
  const abandoned = await project('abandoned')
  await install(abandoned)
  const dead = spawn(process.execPath, ['--version'])
  await once(dead, 'exit')
  await abandoned.write('.local/install.lock', String(dead.pid))
  await abandoned.write('package-lock.json', lockfile('1.0.1'))
  assert.equal((await install(abandoned)).code, 0)
  assert.equal(await ran(abandoned), 'ci ci ')
})

test('a failing npm gives its exit code and a message', async () => {
  const failing = await project('failing')
  await failing.write('fail', '')
  const { code, output } = await install(failing)
  assert.equal(code, 7)
  assert.match(output, /The packages could not be installed \(npm ci: 7\)\. .*\n$/)
})
