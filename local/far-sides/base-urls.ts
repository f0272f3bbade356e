/** The local base URLs of the APIs in infra/permissions.json. */
import { notesResource } from '../seed.ts'

type Permissions = {
  downstream: readonly { resource: string; setting: string }[]
  baseUrls: { AzureCloud: Readonly<Record<string, string>> }
}

/** Whether an endpoint relays to the MCP server of local/notes/. */
export const hasNotes = ({ downstream }: Permissions): boolean =>
  downstream.some(({ resource }) => resource === notesResource)

/** The APIs that local/azure emulates. */
const emulated = { arm: 'https://management.azure.com', graph: 'https://graph.microsoft.com' }

/** The other APIs, except MCP servers. `name`: of the file far-sides/<name>.json. */
export const farSidesOf = ({ downstream }: Permissions): { name: string; resource: string }[] =>
  downstream
    .filter(({ resource }) => ![notesResource, ...Object.values(emulated)].includes(resource))
    .map(({ resource, setting }) => ({ name: nameOf(setting), resource }))

/** Base URLs by name, including the notes server if used. @param at.farSides origin of local/far-sides/ */
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

/** Base URLs by app setting. @param at.farSides what farSideUrls returns */
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
