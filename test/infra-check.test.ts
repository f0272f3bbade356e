/**
 * Policies over infra/snapshots, without a compiler: they pass what we ship, and catch by name mistakes that a compiler
 * accepts. support/infra-values.jsonl has values that Azure takes, or refuses late; support/infra-texts.jsonl has
 * mistakes in azd's files and the compiler's configuration.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import * as z from 'zod'
import { check } from '../infra/check/check.ts'
import { type Project, readProject, textOf } from '../infra/check/project.ts'
import { type Deployment, readSnapshots } from '../infra/check/snapshot.ts'
import type { Value } from '../infra/check/value.ts'

const project = readProject()

test('the snapshots pass all policies and match the templates', () => {
  assert.deepEqual(check(project), [])
})

/** Short names of resources, with the beginning of their keys in a snapshot. */
const resources: Readonly<Record<string, string>> = {
  storage: 'Microsoft.Storage/storageAccounts ',
  container: 'Microsoft.Storage/storageAccounts/blobServices/containers ',
  vault: 'Microsoft.KeyVault/vaults ',
  insights: 'Microsoft.Insights/components ',
  role: 'Microsoft.Authorization/roleAssignments ',
  audit: 'Microsoft.Insights/diagnosticSettings on Microsoft.KeyVault/vaults/',
  plan: 'Microsoft.Web/serverfarms ',
  app: 'Microsoft.Web/sites ',
  settings: 'Microsoft.Web/sites/config func-mcp-undf6f3zuvbua/appsettings',
  'sign-in': 'Microsoft.Web/sites/config func-mcp-undf6f3zuvbua/authsettingsV2',
  scm: 'Microsoft.Web/sites/basicPublishingCredentialsPolicies func-mcp-undf6f3zuvbua/scm',
  api: 'Microsoft.Graph/applications mcp-api-',
  clients: 'Microsoft.Graph/applications mcp-clients-',
  signin: 'Microsoft.Graph/applications mcp-signin-',
  credential: 'Microsoft.Graph/applications/federatedIdentityCredentials ',
  principal: "Microsoft.Graph/servicePrincipals [reference('client'",
}

suite('a mistake is caught by name', () => {
  /** Without a path the resource goes, without a value what stands at the path. */
  const row = z.tuple([z.string(), z.string(), z.string(), z.string()], z.json())
  for (const [rule, what, resource, path, value] of rows('infra-values.jsonl', row)) {
    test(`${rule}: ${what}`, () => {
      const deployment = snapshot('default')
      const steps = path === '' ? [] : path.split('.')
      plant(deployment, [...stepsTo(deployment, resource), ...steps], value)
      caught(rule, check(project, new Map([['default', deployment]])))
    })
  }

  /** What stands in a file, and what is planted instead. */
  const text = z.tuple([z.string(), z.string(), z.string(), z.string(), z.string()])
  for (const [rule, what, file, there, instead] of rows('infra-texts.jsonl', text)) {
    test(`${rule}: ${what}`, () => caught(rule, check(planted(file, there, instead))))
  }

  for (const resource of ['storage', 'vault']) {
    test(`open-network: ${resource} stays open despite the subnet`, () => {
      const deployment = snapshot('subnet')
      const steps = ['properties', 'networkAcls', 'defaultAction']
      plant(deployment, [...stepsTo(deployment, resource), ...steps], 'Allow')
      caught('open-network', check(project, new Map([['subnet', deployment]])))
    })
  }
})

test('a snapshot of older templates says what to run', () => {
  const [problem] = check(planted('infra/main.bicep', "'func-mcp-", "'func-"))
  assert.match(problem?.message ?? '', /npm run infra:snapshot/)
})

function rows<Row>(file: string, row: z.ZodType<Row>): Row[] {
  const lines = readFileSync(new URL(`support/${file}`, import.meta.url), 'utf8').trimEnd()
  return lines.split('\n').map((line) => row.parse(JSON.parse(line)))
}

const snapshot = (name: string): Deployment =>
  readSnapshots(project).get(name) ?? assert.fail(`there is no scenario ${name}`)

function stepsTo(deployment: Deployment, resource: string): string[] {
  if (resource === 'outputs') return [resource]
  const start = resources[resource] ?? assert.fail(resource)
  const key = Object.keys(deployment.resources).find((it) => it.startsWith(start))
  return ['resources', key ?? assert.fail(`there is no ${start}`)]
}

/** Sets what stands at the end of the steps, or removes it. */
function plant(whole: object, steps: readonly string[], value: Value | undefined) {
  const [step = '', ...rest] = steps
  if (rest.length === 0) {
    assert.ok(value !== undefined || Reflect.has(whole, step), `there is no ${step} to remove`)
    return value === undefined
      ? Reflect.deleteProperty(whole, step)
      : Reflect.set(whole, step, value)
  }
  const next: unknown = Reflect.get(whole, step)
  if (typeof next === 'object' && next !== null) return plant(next, rest, value)
  const made = {}
  Reflect.set(whole, step, made)
  return plant(made, rest, value)
}

function caught(rule: string, problems: ReturnType<typeof check>) {
  const rules = new Set(problems.map((it) => it.rule))
  assert.ok(rules.has(rule), `${[...rules]}: ${problems.map(({ message }) => message)}`)
}

function planted(file: string, there: string, instead: string): Project {
  const text = textOf(project, file)
  assert.ok(text.includes(there), `${file} has no ${there}`)
  return new Map([...project, [file, text.replace(there, () => instead)]])
}
