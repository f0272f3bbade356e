/** What a policy is: something that has to hold of a deployment, whatever its parameters. */
import type { Deployed, Deployment } from '../snapshot.ts'
import { at, type Value } from '../value.ts'

/** What a check finds: which rule, and a sentence about where and why. */
export type Problem = { rule: string; message: string }

/** `broken` gives a sentence for each place where it does not hold. */
export type Policy = { rule: string; broken: (deployment: Deployment) => readonly string[] }

/** What may stand at a path of a resource's properties: one of these. `^`: of the resource itself. */
export type Row = readonly [rule: string, path: string, ...allowed: Allowed[]]
type Allowed = Value | undefined | RegExp | ((deployment: Deployment) => Value | undefined)

/** Rows about the resources of a type, of which there has to be one, or about the deployment's outputs. */
export function rows(type: string, name: RegExp, table: readonly Row[]): Policy[] {
  return table.map(([rule, path, ...allowed]) => ({
    rule,
    broken(deployment) {
      const found = of(deployment, type, name)
      if (found.length === 0) return [`there is no ${type} ${name.source}`]
      const isAllowed = (value: Value | undefined) =>
        allowed.some((it) => {
          if (it instanceof RegExp) return typeof value === 'string' && it.test(value)
          const right = typeof it === 'function' ? it(deployment) : it
          return JSON.stringify(value) === JSON.stringify(right)
        })
      return found.flatMap((it) =>
        at(it, path.startsWith('^') ? path.slice(1) : `properties.${path}`)
          .filter((value) => !isAllowed(value))
          .map((value) => `${it.name}: ${path} may not be ${JSON.stringify(value)}`),
      )
    },
  }))
}

export function of({ resources, outputs }: Deployment, type: string, name = all): Deployed[] {
  if (type === 'outputs') return [{ type, name: type, properties: outputs }]
  return Object.values(resources).filter((it) => it.type === type && name.test(it.name))
}

export const all = /^/

/** Resource id of the only one of a type, as a snapshot writes it. */
export const idOf = (type: string) => (deployment: Deployment) =>
  `${type}/${of(deployment, type)[0]?.name}`

/** What Azure answers of it once it is there, as a snapshot writes it. */
export const answered = (type: string, member: string) => (deployment: Deployment) =>
  reference(idOf(type)(deployment), member)

export const reference = (id: string, member: string): string => `[reference('${id}').${member}]`

export const types = {
  identity: 'Microsoft.ManagedIdentity/userAssignedIdentities',
  storage: 'Microsoft.Storage/storageAccounts',
  vault: 'Microsoft.KeyVault/vaults',
  insights: 'Microsoft.Insights/components',
  site: 'Microsoft.Web/sites',
  siteConfig: 'Microsoft.Web/sites/config',
  applications: 'Microsoft.Graph/applications',
} as const
