/** The APIs that the functions call, as infra/permissions.json has them: where the stack has each. */

type Permissions = {
  downstream: readonly { resource: string; setting: string }[]
  baseUrls: { AzureCloud: Readonly<Record<string, string>> }
}

/** local/notes/, which speaks MCP. */
const notes = 'api://contoso-notes'
export const hasNotes = ({ downstream }: Permissions): boolean =>
  downstream.some(({ resource }) => resource === notes)

/** Those that local/azure is. */
const emulated = { arm: 'https://management.azure.com', graph: 'https://graph.microsoft.com' }

/** The others; `name`: of their file, far-sides/<name>.json. */
export const farSidesOf = ({ downstream }: Permissions): { name: string; resource: string }[] =>
  downstream
    .filter(({ resource }) => ![notes, ...Object.values(emulated)].includes(resource))
    .map(({ resource, setting }) => ({ name: nameOf(setting), resource }))

/**
 * App settings.
 * @param at base URLs; each far side is below the last of them, by its name
 */
export function localBaseUrls(
  { downstream, baseUrls }: Permissions,
  at: { arm: string; graph: string; farSides: string; notes?: string | undefined },
): Record<string, string> {
  const placeOf = (setting: string, resource: string) => {
    if (resource === emulated.arm) return at.arm
    if (resource === notes && at.notes) return at.notes
    return resource === emulated.graph ? at.graph : `${at.farSides}/${nameOf(setting)}`
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
