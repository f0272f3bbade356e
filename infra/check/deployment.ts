/**
 * What a deployment would send: main.bicep and its modules evaluated with given parameters, every resource with its
 * body. What only Azure knows (ids of its making, endpoints) is made up, and looks like the real thing.
 */
import { dirname, join } from 'node:path/posix'
import { type CloudName, surroundings } from './clouds.ts'
import { evaluate, type Lookup } from './evaluate.ts'
import type { Place } from './problem.ts'
import { type Project, textOf } from './project.ts'
import type { Template } from './syntax.ts'
import type { Templates } from './templates.ts'
import { isObject, list, merged, type ObjectValue, parseJson, text, type Value } from './value.ts'

/** `type`: without version. `body`: what the template says, without what Azure adds. */
export type Deployed = Place & { symbol: string; type: string; name: string; body: ObjectValue }
export type Deployment = { resources: Deployed[]; outputs: ObjectValue }

export function deploy(
  project: Project,
  templates: Templates,
  { parameters, cloud }: { parameters: ObjectValue; cloud: CloudName },
): Deployment {
  const main = templates.get('infra/main.bicep')
  if (!main) throw new Error('infra/main.bicep is missing')
  return run({ template: main, given: parameters, templates, project, around: surroundings(cloud) })
}

type Run = {
  template: Template
  given: ObjectValue
  templates: Templates
  project: Project
  around: Readonly<Record<string, ObjectValue>>
}

function run({ template, given, templates, project, around }: Run): Deployment {
  const { file, parameters, variables, modules, resources, outputs } = template
  const known = new Map<string, Value>()
  const deployed: Deployed[] = []
  const lookup: Lookup = {
    name(name) {
      const value = known.get(name) ?? find(name)
      known.set(name, value)
      return value
    },
    surrounding: (name, [path]) =>
      name === 'loadJsonContent'
        ? parseJson(textOf(project, join(dirname(file), text(path))))
        : around[name],
  }

  for (const { name } of [...resources, ...modules]) lookup.name(name)
  const results = outputs.map(({ name, value }) => [name, evaluate(value, lookup)] as const)
  return { resources: deployed, outputs: Object.fromEntries(results) }

  function find(name: string): Value {
    const is = (it: { name: string }) => it.name === name
    const parameter = parameters.find(is)
    if (parameter) {
      const value = given[name] ?? (parameter.value && evaluate(parameter.value, lookup))
      if (value === undefined) throw new Error(`${file} is not given ${name}`)
      return value
    }
    const variable = variables.find(is)
    if (variable) return evaluate(variable.value, lookup)
    const module = modules.find(is)
    if (module) {
      const inside = templates.get(module.path)
      const body = evaluate(module.value, lookup)
      const params = isObject(body) && isObject(body.params) ? body.params : {}
      if (!inside) throw new Error(`${module.path} is missing`)
      const made = run({ template: inside, given: params, templates, project, around })
      deployed.push(...made.resources)
      return { outputs: made.outputs }
    }
    const resource = resources.find(is)
    if (!resource) throw new Error(`${file} has no ${name}`)
    const [type = ''] = resource.type.split('@')
    const value = evaluate(resource.value, lookup)
    const bodies = Array.isArray(value) ? value : [value]
    const whole = bodies.filter(isObject).map((body) => {
      const own = text(body.name ?? body.uniqueName ?? body.appId)
      if (!resource.existing) {
        deployed.push({ file, line: resource.line, symbol: name, type, name: own, body })
      }
      return merged(made(type, own), body)
    })
    return Array.isArray(value) ? list(whole) : (whole[0] ?? null)
  }
}

/** What Azure adds to a resource once it exists. */
function made(type: string, name: string): ObjectValue {
  const id = `/subscriptions/s/resourceGroups/rg/providers/${type}/${name}`
  return { id, ...additions(name)[type] }
}

/** The managed identity's, as made up here. */
export const identityPrincipalId = '22222222-2222-4222-8222-222222222222'

const additions = (name: string): Readonly<Record<string, ObjectValue>> => ({
  'Microsoft.ManagedIdentity/userAssignedIdentities': {
    properties: {
      principalId: identityPrincipalId,
      clientId: '33333333-3333-4333-8333-333333333333',
    },
  },
  'Microsoft.Graph/applications': { appId: guidOf(name) },
  'Microsoft.Insights/components': {
    properties: { ConnectionString: 'InstrumentationKey=0' },
  },
  'Microsoft.KeyVault/vaults': { properties: { vaultUri: `https://${name}.vault.azure.net/` } },
  'Microsoft.Storage/storageAccounts': {
    properties: {
      primaryEndpoints: {
        blob: `https://${name}.blob.core.windows.net/`,
        table: `https://${name}.table.core.windows.net/`,
      },
    },
  },
})

/** A GUID of its own for each name. */
const guidOf = (name: string) => {
  const hex = Buffer.from(name).toString('hex').padEnd(32, '0')
  return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-4000-8000-$5')
}
