/** What costs are grouped by, in the words of the arguments and in those of Cost Management. */
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

/** The columns of two tags could not be told apart. */
export function groupsOf(first: string, second: string | undefined): string[] {
  if (second === undefined) return [first]
  if (second === first) refuse('thenBy: must differ from groupBy')
  if (isTag(first) && isTag(second)) refuse('thenBy: only one of the two can be a tag')
  return [first, second]
}

export function groupingOf(groupBy: string) {
  const name = dimensions[groupBy]
  return name ? { type: 'Dimension', name } : { type: 'TagKey', name: groupBy.slice('tag:'.length) }
}

/** The column of the answer that holds the group. */
export const columnOf = (groupBy: string) => dimensions[groupBy] ?? 'TagValue'
