/** Which costs count: those that match one of the values for every argument given. */
import * as z from '../../shared/zod.ts'

const value = z.string().min(1).max(1000)
const listOf = (of: z.ZodString, what: string) =>
  z.array(of).min(1).max(50).optional().describe(`Count only ${what}`)

export const filterArguments = {
  services: listOf(value, 'these services, spelled as in earlier answers'),
  resourceGroups: listOf(value, 'these resource groups, by name'),
  tags: listOf(
    z.string().regex(/^[^<>%&\\?/=]{1,512}=./, 'must be <name>=<value>'),
    'what has these tags, each as name=value; with several values of one tag, any of them',
  ),
  resources: listOf(value, 'these resources, by ARM id'),
}

/** As Cost Management takes it, with values in one order; undefined: all costs. `and` has at least two parts. */
export function filterOf(asked: z.output<z.ZodObject<typeof filterArguments>>) {
  const { services, resourceGroups, resources, tags = [] } = asked
  const dimensions = { ServiceName: services, ResourceGroup: resourceGroups, ResourceId: resources }
  const byName = Map.groupBy(tags, (tag) => tag.slice(0, tag.indexOf('=')))
  const parts = [
    ...Object.entries(dimensions).flatMap(([name, values]) =>
      values ? { dimensions: comparison(name, values) } : [],
    ),
    ...[...byName].map(([name, own]) => {
      const values = own.map((tag) => tag.slice(name.length + 1))
      return { tags: comparison(name, values) }
    }),
  ]
  return parts.length > 1 ? { and: parts } : parts[0]
}

const comparison = (name: string, values: readonly string[]) => ({
  name,
  operator: 'In',
  values: values.toSorted(),
})
