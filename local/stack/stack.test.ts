import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import * as z from 'zod'
import { listen } from '../host/listen.ts'
import { unregisteredFiles } from './unregistered.ts'

const program = fileURLToPath(new URL('../stack.ts', import.meta.url))
const anyPorts = {
  LOCAL_APP_PORT: '0',
  LOCAL_ENTRA_PORT: '0',
  LOCAL_AZURE_PORT: '0',
  LOCAL_TABLES_PORT: '0',
}

const description = z.object({
  app: z.url(),
  endpoints: z.object({ cost: z.url() }),
  entra: z.object({ origin: z.url() }),
  arm: z.url(),
  tables: z.url(),
})

async function stack(t: TestContext, environment: Record<string, string>, ...args: string[]) {
  const cwd = await mkdtemp(join(tmpdir(), 'stack-'))
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { ...process.env, ...anyPorts, ...environment },
  })
  t.after(() => {
    child.kill('SIGKILL')
    return rm(cwd, { recursive: true })
  })
  return { child, file: join(cwd, '.local', 'stack.json'), exit: once(child, 'exit') }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  )
}

describe('the local stack', { timeout: 60_000 }, () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
    test(`${signal} stops everything`, async (t) => {
      const { child, file, exit } = await stack(t, { PUBLIC_BASE_URL: 'nonsense' }, '--app')
      const output: string[] = []
      for await (const chunk of child.stdout) {
        output.push(String(chunk))
        if (output.join('').includes('Ctrl-C stops it')) break
      }
      const { app, endpoints, entra, arm, tables } = description.parse(
        JSON.parse(await readFile(file, 'utf8')),
      )
      assert.equal((await stat(file)).mode & 0o777, 0o600)
      assert.equal((await fetch(endpoints.cost, { method: 'POST' })).status, 401)
      const urls = [app, entra.origin, arm, tables]
      for (const url of urls) assert(await answers(url), url)

      child.kill(signal)
      const [code] = await exit
      if (signal !== 'SIGKILL') assert.equal(code, 0)
      const deadline = Date.now() + 10_000
      for (const url of urls) while (await answers(url)) assert(Date.now() < deadline, url)
    })
  }

  test('a part that dies is reported', { skip: process.platform !== 'linux' }, async (t) => {
    const { child } = await stack(t, {}, '--app')
    for await (const chunk of child.stdout) if (String(chunk).includes('Ctrl-C stops it')) break
    const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
    for (const pid of children.trim().split(' ')) process.kill(Number(pid), 'SIGKILL')
    for await (const chunk of child.stderr) {
      if (/^Tables \(Azurite\) stopped by SIGKILL/m.test(String(chunk))) return
    }
    assert.fail('nothing was said')
  })

  for (const setting of Object.keys(anyPorts)) {
    test(`a port in use is one message, which names ${setting}`, async (t) => {
      const { port, close } = await listen(createServer(), 0)
      t.after(close)
      const { child, exit } = await stack(t, { [setting]: String(port) }, '--app')
      const [said, [code]] = await Promise.all([text(child.stderr), exit])
      assert.equal(said, `Port ${port} is in use. Set ${setting} to another port.\n`)
      assert.equal(code, 1)
    })
  }

  test('without other APIs their port stays free', async (t) => {
    const { port, close } = await listen(createServer(), 0)
    t.after(close)
    const { child } = await stack(t, { LOCAL_FAR_SIDES_PORT: String(port) })
    for await (const chunk of child.stdout) if (String(chunk).includes('Ctrl-C stops it')) return
    assert.fail(await text(child.stderr))
  })

  const refused = [
    ['LOCAL_ENTRA_PORT', '84000', 'must be a port (a number from 0 to 65535).'],
    ['LOCAL_AUTHORIZATION', 'none', 'must be entra or unset.'],
  ] as const
  for (const [setting, value, said] of refused) {
    test(`${setting}=${value} is one message`, async (t) => {
      const { child, exit } = await stack(t, { [setting]: value })
      const [written, [code]] = await Promise.all([text(child.stderr), exit])
      assert.equal(written, `${setting} ${said}\n`)
      assert.equal(code, 1)
    })
  }

  test('a misspelt option is named, with those there are', async (t) => {
    const { child, exit } = await stack(t, {}, '--wacth')
    const [written, [code]] = await Promise.all([text(child.stderr), exit])
    assert.match(written, /^Unknown option '--wacth'.*\nnpm start \[-- --watch\]\n$/s)
    assert.equal(code, 1)
  })
})

test('an endpoint that is not registered is named', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'functions-'))
  t.after(() => rm(folder, { recursive: true }))
  const files = {
    'endpoints.ts': "import { cost } from './cost.ts'",
    'cost.ts': 'export const cost = defineEndpoint({})',
    'health.ts': 'export const health = httpFunction({})',
    'notes.ts': 'export const notes = defineRelay({})',
    'orders.ts': 'export const orders = defineEndpoint({})',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const found = await unregisteredFiles(pathToFileURL(`${folder}/`))
  assert.deepEqual(found, ['functions/notes.ts', 'functions/orders.ts'])
})
