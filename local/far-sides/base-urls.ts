/** The APIs that the functions call, as infra/permissions.json has them: where the stack has each. */
import { notesResource } from '../seed.ts'

type Permissions = {
  downstream: readonly { resource: string; setting: string }[]
  baseUrls: { AzureCloud: Readonly<Record<string, string>> }
}

/** local/notes/, which speaks MCP. */
export const hasNotes = ({ downstream }: Permissions): boolean =>
  downstream.some(({ resource }) => resource === notesResource)

/** Those that local/azure is. */
const emulated = { arm: 'https://management.azure.com', graph: 'https://graph.microsoft.com' }

/** The others that speak HTTP; `name`: of their file, far-sides/<name>.json. */
export const farSidesOf = ({ downstream }: Permissions): { name: string; resource: string }[] =>
  downstream
    .filter(({ resource }) => ![notesResource, ...Object.values(emulated)].includes(resource))
    .map(({ resource, setting }) => ({ name: nameOf(setting), resource }))

/** By name, with the notes server where a relay calls it. `at.farSides`: the origin of the others. */
export function farSideUrls(
  permissions: Permissions,
  at: { farSides: string; notes: string },
): Record<string, string> {
  const notes = permissions.downstream.filter(({ resource }) => resource === notesResource)
  return Object.fromEntries([
    ...farSidesOf(permissions).map(({ name }) => [name, `${at.farSides}/${name}`]),
    ...notes.map(({ setting }) => [nameOf(setting), at.notes]),
  ])
}

/** By app setting. `at.farSides`: as farSideUrls has them. */
export function localBaseUrls(
  { downstream, baseUrls }: Permissions,
  at: { arm: string; graph: string; farSides: Readonly<Record<string, string>> },
): Record<string, string> {
  const placeOf = (setting: string, resource: string) => {
    if (resource === emulated.arm) return at.arm
    return resource === emulated.graph ? at.graph : (at.farSides[nameOf(setting)] ?? '')
  }
  return Object.fromEntries([
    ...Object.entries(baseUrls.AzureCloud).map(([name, url]) => [name, placeOf(name, url)]),
    ...downstream.map(({ setting, resource }) => [setting, placeOf(setting, resource)]),
  ])
}

/** `ORDERS_BASE_URL` → `orders` */
const nameOf = (setting: string) =>
  setting
    .replace(/_BASE_URL$/, '')
    .toLowerCase()
    .replaceAll('_', '-')
