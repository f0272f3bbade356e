/** What costs are grouped by, one thing or two: as arguments name it, and as Cost Management does. */
import * as z from '../../shared/zod.ts'
import { refuse } from './refuse.ts'

const dimensions: Record<string, string> = {
  service: 'ServiceName',
  resource_group: 'ResourceGroup',
  location: 'ResourceLocation',
  resource: 'ResourceId',
}

export const groupBy = z
  .string()
  .regex(
    /^(service|resource_group|location|resource|tag:[^<>%&\\?/]{1,512})$/,
    'must be service, resource_group, location, resource or tag:<name>',
  )
  .describe(
    'service (the kind of Azure product), resource_group, location, resource, or tag:<name of a tag>',
  )

export const isTag = (groupBy: string) => groupBy.startsWith('tag:')

/** Two tags make columns that cannot be told apart. */
export function groupsOf(first: string, second: string | undefined): string[] {
  if (second === undefined) return [first]
  if (second === first) return refuse('thenBy: must differ from groupBy')
  if (isTag(first) && isTag(second)) return refuse('thenBy: only one of the two can be a tag')
  return [first, second]
}

export function groupingOf(groupBy: string) {
  const name = dimensions[groupBy]
  return name ? { type: 'Dimension', name } : { type: 'TagKey', name: groupBy.slice('tag:'.length) }
}

/** The column of the answer that holds the group. */
export const columnOf = (groupBy: string) => dimensions[groupBy] ?? 'TagValue'
