import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from './build.ts'
import { startHost } from './host.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Inside the repository, so that imports of packages resolve, in a folder that Git ignores. */
async function temporaryFolder(t: { after: (work: () => Promise<void>) => void }): Promise<string> {
  await mkdir(join(root, '.local'), { recursive: true })
  const folder = await mkdtemp(join(root, '.local', 'build-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

test('an entry and what it imports become one module that the host can serve', async (t) => {
  const folder = await temporaryFolder(t)
  const source = `
    import { app } from '@azure/functions'
    import { ConfidentialClientApplication } from '@azure/msal-node'
    import { name } from './name.ts'
    const body: string = ConfidentialClientApplication.name
    app.http(name, { handler: () => ({ body }) })`
  const entry = join(folder, 'entry.ts')
  await writeFile(entry, source)
  await writeFile(join(folder, 'name.ts'), "export const name: string = 'one'")
  const outdir = join(folder, 'out')
  const { outfile, bytes } = await build({ entry, outdir })
  assert.deepEqual(
    (await readdir(join(outdir, 'functions'))).filter((file) => file.endsWith('.js')),
    ['main.js'],
  )
  assert(bytes > 1000)

  const host = await startHost({ port: 0, load: () => import(pathToFileURL(outfile).href) })
  t.after(host.close)
  const served = await fetch(`http://127.0.0.1:${host.port}/one`)
  assert.equal(await served.text(), 'ConfidentialClientApplication')
})

test('the functions run from their bundle as from their sources', async (t) => {
  const outdir = await temporaryFolder(t)
  const { outfile } = await build({ outdir })
  Object.assign(process.env, {
    ENTRA_TENANT_ID: '11111111-1111-4111-8111-111111111111',
    ENTRA_CLIENT_ID: 'a0000000-0000-4000-8000-00000000000a',
    ENTRA_CLIENT_SECRET: 'secret',
    PUBLIC_BASE_URL: 'http://localhost:7071',
  })
  const host = await startHost({ port: 0, load: () => import(pathToFileURL(outfile).href) })
  t.after(host.close)
  const response = await fetch(`http://127.0.0.1:${host.port}/mcp/cost`, { method: 'POST' })
  assert.equal(response.status, 401)
  assert.match(response.headers.get('www-authenticate') ?? '', /resource_metadata=/)
})
