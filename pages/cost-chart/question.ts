/** The arguments of the call, and those of the next one after a click: costs within the clicked group. */
import * as z from 'zod'

const list = z.array(z.string()).optional()

const question = z.looseObject({
  scope: z.string(),
  groupBy: z.string().default('service'),
  thenBy: z.string().optional(),
  services: list,
  resourceGroups: list,
  resources: list,
  tags: list,
})
export type Question = z.output<typeof question>

/** Undefined if the host did not pass the arguments; then a click asks nothing. */
export const readQuestion = (args: unknown): Question | undefined => question.safeParse(args).data

const levels = ['service', 'resource_group', 'resource'] as const
const words: Record<string, string> = {
  service: 'service',
  resource_group: 'resource group',
  resource: 'resource',
  location: 'location',
}

/** `service`, `resource group`, `tag env`. */
export const wordOf = (groupBy: string): string =>
  words[groupBy] ?? groupBy.replace(/^tag:/, 'tag ')

/** Undefined if there is no level below: for resources, locations and rows without a name. */
export function questionBelow(
  asked: Question,
  row: { name: string; thenName?: string | undefined },
): Question | undefined {
  const { thenBy, page: _page, ...rest } = asked
  let below: Question = rest
  const groups = [[asked.groupBy, row.name] as const]
  if (thenBy && row.thenName !== undefined) groups.push([thenBy, row.thenName])
  for (const [groupBy, name] of groups) {
    const filter = filterOf(groupBy, name)
    if (!filter) return undefined
    below = { ...below, ...filter }
  }
  const { services, resourceGroups, resources } = below
  const filtered = { service: services, resource_group: resourceGroups, resource: resources }
  const next = levels.find((level) => !filtered[level])
  return next && !resources ? { ...below, groupBy: next } : undefined
}

function filterOf(groupBy: string, name: string): Partial<Question> | undefined {
  if (!name) return undefined
  if (groupBy === 'service') return { services: [name] }
  if (groupBy === 'resource_group') return { resourceGroups: [name] }
  if (groupBy === 'resource') return { resources: [name] }
  const [, tag] = /^tag:(.+)$/.exec(groupBy) ?? []
  return tag ? { tags: [`${tag}=${name}`] } : undefined
}

/** The scope, for people. */
export function placeOf(scope: string): string {
  const [, group] = /\/resourceGroups\/([^/]+)\/?$/i.exec(scope) ?? []
  if (group) return `Resource group ${group}`
  const [, management] = /\/managementGroups\/([^/]+)\/?$/i.exec(scope) ?? []
  if (management) return `Management group ${management}`
  return `Subscription ${scope.replace(/^\/subscriptions\//i, '').replace(/\/$/, '')}`
}
