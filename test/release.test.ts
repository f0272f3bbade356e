/** What goes with a release: its version, the notes on it, and the texts of docs/deploy.md that people copy. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import * as z from 'zod'
import { endpoints } from '../functions/endpoints.ts'
import { codeServers } from '../generate/settings-files.ts'
import sample from '../local.settings.sample.json' with { type: 'json' }
import packageJson from '../package.json' with { type: 'json' }
import lock from '../package-lock.json' with { type: 'json' }

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string) => readFileSync(`${root}${file}`, 'utf8')
const deploy = read('docs/deploy.md')

suite('the version', () => {
  test('is the one that the changelog begins with', () => {
    const [, newest] = /^## (\S+)/m.exec(read('CHANGELOG.md')) ?? []
    assert.equal(newest, packageJson.version)
  })

  test('is the version of the lock file and of the azd template', () => {
    assert.deepEqual(
      [lock.version, lock.packages[''].version],
      [packageJson.version, packageJson.version],
    )
    const { name, metadata } = z
      .object({ name: z.string(), metadata: z.object({ template: z.string() }) })
      .parse(parse(read('azure.yaml')))
    assert.deepEqual(
      [name, metadata.template],
      [packageJson.name, `${packageJson.name}@${packageJson.version}`],
    )
  })
})

test('Visual Studio Code gets the endpoints of the local stack, and keeps others', () => {
  const { servers } = JSON.parse(read('.vscode/mcp.json'))
  const origin = sample.Values.PUBLIC_BASE_URL
  const ours = endpoints.map(({ name }) => [name, { type: 'http', url: `${origin}/mcp/${name}` }])
  assert.deepEqual(servers, Object.fromEntries(ours))

  const other = { type: 'http', url: 'https://mcp.contoso.com/mcp/cost' }
  const gone = { type: 'http', url: `${origin}/mcp/gone` }
  const before = JSON.stringify({ servers: { other, gone }, inputs: [] })
  const after = JSON.parse(codeServers(before, { endpoints: [] }))
  assert.deepEqual(after, { servers: { other }, inputs: [] })
})

suite('docs/deploy.md', () => {
  test('registers the providers of every resource', () => {
    const templates = globSync('infra/{*,modules/*}.bicep', { cwd: root }).map(read).join()
    const [, loop = ''] = /for provider in (.*?); do/s.exec(deploy) ?? []
    const registered = loop.match(/Microsoft\.\w+/g) ?? []
    const used = [...templates.matchAll(/'(Microsoft\.\w+)\/[\w/]+@/g)].map(([, name]) => name)
    // Graph is not a resource provider, and Authorization is always registered.
    const needed = new Set(used.filter((it) => !/\.(Graph|Authorization)$/.test(it ?? '')))
    assert.deepEqual(
      [...needed].filter((name) => !registered.some((it) => it === name)),
      [],
    )
  })

  const [, indented = ''] = /```yaml\n(.*?)\n *```/s.exec(deploy) ?? []
  const workflow = indented.replaceAll(/^ {3}/gm, '')

  test('has a workflow that holds no secret, and signs in as one environment', () => {
    const { permissions, jobs } = z
      .object({
        permissions: z.record(z.string(), z.string()),
        jobs: z.object({
          deploy: z.object({
            environment: z.string(),
            permissions: z.record(z.string(), z.string()),
            env: z.record(z.string(), z.string()),
          }),
        }),
      })
      .parse(parse(workflow))
    assert.deepEqual(permissions, { contents: 'read' })
    assert.deepEqual(jobs.deploy.permissions, { contents: 'read', 'id-token': 'write' })
    assert.doesNotMatch(workflow, /secrets\./)
    assert.match(deploy, new RegExp(`:environment:${jobs.deploy.environment} --audiences`))
    for (const [name, value] of Object.entries(jobs.deploy.env)) {
      assert.equal(value, `\${{ vars.${name} }}`)
      assert.match(deploy, new RegExp(`Its variables .*\`${name}\``))
    }
  })

  test('has a workflow that runs the same actions as ci', () => {
    const ci = read('.github/workflows/ci.yml')
    const actions = workflow.match(/uses: .*/g) ?? []
    assert.ok(actions.length > 0)
    for (const action of actions) assert.ok(ci.includes(action), action)
  })

  test('asks for the azd that the hooks ask for', () => {
    const [, needed = '?'] = /const needed = '(.*)'/.exec(read('infra/hooks/azd-version.mjs')) ?? []
    assert.ok(deploy.includes(`${needed} or later`))
    assert.ok(workflow.includes(`--version ${needed}`))
  })
})
