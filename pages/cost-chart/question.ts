/** What was asked, and what a click asks next: the same costs, only those of the clicked group, one level down. */
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

/** Undefined: the host did not say what it asked, and nothing can be asked further. */
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

/** Undefined where nothing lies below: resources, locations, what has no name. */
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

/** Where the costs are, for people. */
export function placeOf(scope: string): string {
  const [, group] = /\/resourceGroups\/([^/]+)\/?$/i.exec(scope) ?? []
  if (group) return `Resource group ${group}`
  const [, management] = /\/managementGroups\/([^/]+)\/?$/i.exec(scope) ?? []
  if (management) return `Management group ${management}`
  return `Subscription ${scope.replace(/^\/subscriptions\//i, '').replace(/\/$/, '')}`
}
