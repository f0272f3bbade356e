/** The command line of `connect:foundry`: how it reads arguments and the deployment's values. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { clientValues } from '../infra/clients/values.ts'
import { readWish } from '../infra/foundry/arguments.ts'
import { clients, tenantId } from '../local/seed.ts'
import { project } from './support/foundry/start.ts'

const deployment = {
  tenantId,
  apiClientId: clients.api.clientId,
  clientId: clients.confidential.clientId,
  authorityHost: 'https://login.microsoftonline.com',
  publicBaseUrl: 'https://contoso.example',
  appIdUri: undefined,
  functionAppId: '/app',
}
const cost = { name: 'cost', scopes: ['cost.read'] }
const directory = { name: 'directory', scopes: ['directory.read'] }

let folder: string
let one: string
let two: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'connect-'))
  await mkdir(join(folder, '.azure/dev'), { recursive: true })
  one = join(folder, '.azure/dev/mcp-clients.json')
  two = join(folder, 'two.json')
  await writeFile(one, JSON.stringify(clientValues({ ...deployment, endpoints: [cost] })))
  await writeFile(
    two,
    JSON.stringify(clientValues({ ...deployment, endpoints: [cost, directory] })),
  )
  await writeFile(join(folder, 'old.json'), '{"tenantId":"contoso"}')
})
after(() => rm(folder, { recursive: true }))

test('one endpoint is connected by its name', async () => {
  const wish = await readWish(['--project', project, '--values', one])
  const { endpoint, connection, dryRun } = wish
  assert.deepEqual(wish.project, { id: project, account: 'contoso-foundry', name: 'finance' })
  assert.deepEqual(endpoint.scopes, ['https://contoso.example/mcp/cost/cost.read'])
  assert.deepEqual([connection, dryRun], ['mcp-cost', false])
})

test('one of several endpoints is chosen, under another name, for a dry run', async () => {
  const args = ['--project', project, '--values', two, '--endpoint', 'directory', '--dry-run']
  const { endpoint, connection, dryRun } = await readWish([...args, '--connection', 'who-is-who'])
  assert.deepEqual([endpoint.name, connection, dryRun], ['directory', 'who-is-who', true])
})

const mistakes: [name: string, args: () => string[], message: RegExp][] = [
  ['no project', () => [], /^--project is not .*\n.*az resource list/],
  [
    'a project’s endpoint instead of its id',
    () => ['--project', 'https://x.example/'],
    /az resource/,
  ],
  ['an account’s id', () => ['--project', project.replace(/\/projects.*/, '')], /az resource list/],
  ['an unknown option', () => ['--projects', project], /'--projects'[\s\S]*--dry-run/],
  ['no such file', () => ['--project', project, '--values', 'none.json'], /^none\.json is missing/],
  [
    'a file from elsewhere',
    () => ['--project', project, '--values', join(folder, 'old.json')],
    /azd provision writes it:[\s\S]*tenantId/,
  ],
  [
    'several endpoints and none named',
    () => ['--project', project, '--values', two],
    /^--endpoint must be one of: cost, directory$/,
  ],
  [
    'an endpoint that is not there',
    () => ['--project', project, '--values', one, '--endpoint', 'mail'],
    /^--endpoint must be one of: cost$/,
  ],
  [
    'a name that Foundry does not take',
    () => ['--project', project, '--values', one, '--connection', 'MCP_cost'],
    /lower-case letters, digits and hyphens, unlike MCP_cost/,
  ],
]
for (const [name, args, message] of mistakes) {
  test(`${name} is refused in one sentence`, async () => {
    await assert.rejects(readWish(args()), { name: 'Missing', message })
  })
}

test('outside an azd environment the program says how to get one, and fails', async () => {
  const { code, stderr } = await run(tmpdir())
  assert.match(stderr, /^There is no azd environment here: azd up creates one\./)
  assert.equal(code, 1)
})

test('inside an azd environment the program takes the hook’s values, and asks for a sign-in', async () => {
  await writeFile(join(folder, '.azure/config.json'), '{"version":1,"defaultEnvironment":"dev"}')
  const { code, stderr } = await run(folder)
  assert.match(stderr, /^Could not read the project .*NotSignedIn.*\n.*az login --tenant 11111111/)
  assert.equal(code, 1)
})

async function run(cwd: string): Promise<{ code: unknown; stderr: string }> {
  const program = fileURLToPath(new URL('../infra/connect-foundry.ts', import.meta.url))
  // Without PATH there is no az, and this variable makes @azure/identity try az only.
  const env = { PATH: '', AZURE_TOKEN_CREDENTIALS: 'AzureCliCredential' }
  const child = spawn(process.execPath, [program, '--project', project], { cwd, env })
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  return { code, stderr }
}
