/** Which costs count, by what arguments say: any of the values given for each kind, and all kinds together. */
import * as z from '../../shared/zod.ts'

const value = z.string().min(1).max(1000)
const listOf = (of: z.ZodString, what: string) =>
  z.array(of).min(1).max(50).optional().describe(`Count only ${what}`)

export const filterArguments = {
  services: listOf(value, 'these services, spelled as in earlier answers'),
  resourceGroups: listOf(value, 'these resource groups, by name'),
  tags: listOf(
    z.string().regex(/^[^<>%&\\?/=]{1,512}=./, 'must be <name>=<value>'),
    'what carries these tags, each as name=value; of one name any value counts',
  ),
  resources: listOf(value, 'these resources, by ARM id'),
}

export type Filters = z.output<z.ZodObject<typeof filterArguments>>

/** As Cost Management takes it, values in one order; none: all costs. `and` has at least two parts. */
export function filterOf({ services, resourceGroups, tags = [], resources }: Filters) {
  const byName = Map.groupBy(tags, (tag) => tag.slice(0, tag.indexOf('=')))
  const parts = [
    ...dimension('ServiceName', services),
    ...dimension('ResourceGroup', resourceGroups),
    ...dimension('ResourceId', resources),
    ...[...byName].map(([name, own]) => ({
      tags: comparison(
        name,
        own.map((tag) => tag.slice(name.length + 1)),
      ),
    })),
  ]
  return parts.length > 1 ? { and: parts } : parts[0]
}

const dimension = (name: string, values: readonly string[] | undefined) =>
  values ? [{ dimensions: comparison(name, values) }] : []

const comparison = (name: string, values: readonly string[]) => ({
  name,
  operator: 'In',
  values: values.toSorted(),
})
