/**
 * Rules that every tool of every endpoint keeps, and the words that people are shown before they consent. A failure
 * says which tool, what is wrong, and the cure.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { suite, test } from 'node:test'
import * as z from 'zod'
import { endpoints } from '../functions/endpoints.ts'

const property = z.object({
  description: z.string().optional(),
  get properties() {
    return z.record(z.string(), property).optional()
  },
  get items() {
    return property.optional()
  },
})
type Property = z.output<typeof property>
/** Values, such as `rows.cost`, with their descriptions; the objects around them need none. */
function described(schema: Property, prefix = ''): [path: string, description: string][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, it]) => {
    const within = it.properties ? it : it.items?.properties && it.items
    return within
      ? described(within, `${prefix}${name}.`)
      : [[`${prefix}${name}`, it.description ?? ''] as [string, string]]
  })
}
/** Names that need no description. */
const obvious = /^(name|status|cost|date|url|bytes|rows|links|\w+Seconds)$/

for (const endpoint of endpoints) {
  suite(`/mcp/${endpoint.name}`, () => {
    for (const tool of endpoint.tools) {
      const { name, description, effect, access, inputSchema, outputSchema } = tool
      const rule = (what: string, holds: boolean, problem: string, cure: string) =>
        test(`${name}: ${what}`, () => {
          assert.ok(holds, `${name} of /mcp/${endpoint.name}: ${problem}. ${cure}`)
        })
      rule(
        'requires a scope of its caller',
        access.scopes.length > 0,
        'any client of the tenant could call it',
        'Put a userScope or an adminScope into its access',
      )
      rule(
        'announces its effect',
        effect === 'reads' || effect === 'writes',
        `its effect is ${effect}`,
        "Say 'reads' or 'writes'",
      )
      const page = tool.ui && new URL(`../pages/${tool.ui.page}/main.ts`, import.meta.url)
      rule(
        'has the page that it names',
        page === undefined || existsSync(page),
        `there is no pages/${tool.ui?.page}/main.ts`,
        'Write it (docs/pages.md), or take ui away',
      )
      // Another server's tools have its names, words and schemas.
      if (endpoint.describe || !outputSchema) continue
      const undescribed = (schema: unknown) =>
        described(property.parse(schema))
          .filter(([, words]) => words.length <= 3)
          .map(([path]) => path)
      const inputs = described(property.parse(inputSchema)).map(([path]) => path)
      const unclearResults = undescribed(outputSchema).filter(
        (path) => !obvious.test(path.split('.').at(-1) ?? '') && !inputs.includes(path),
      )
      const schemas = JSON.stringify([inputSchema, outputSchema])
      const refused = /"(anyOf|oneOf|allOf|\$ref|\$defs|not)":/.exec(schemas)?.[1]

      rule(
        'has a name of a verb and a noun',
        /^[a-z]+(_[a-z]+)+$/.test(name) && name.length <= 64,
        'its name is not two or more lower-case words with underscores between them',
        'Call it like list_orders or orders_by_month',
      )
      rule(
        'has a description that a model can choose by',
        description.length >= 60 && description.length <= 500,
        `its description has ${description.length} characters`,
        'Use 60 to 500 to say what it gives and when to call it',
      )
      rule(
        'has a description that is a sentence',
        /^[A-Z].*\.$/.test(description) && !/https?:|TODO/.test(description),
        'its description is no sentence on one line, or holds a link or a TODO',
        'Begin with a capital, end with a full stop, leave links out',
      )
      rule(
        'says what each argument is',
        undescribed(inputSchema).length === 0,
        `these arguments have no description: ${undescribed(inputSchema).join(', ')}`,
        "Add .describe('…') to each in input",
      )
      rule(
        'takes no other arguments',
        inputSchema.additionalProperties === false,
        'its input takes arguments that it does not name',
        'Make it with z.strictObject',
      )
      rule(
        'says what each part of its result is, unless the name does',
        unclearResults.length === 0,
        `these parts of its result have no description: ${unclearResults.join(', ')}`,
        "Add .describe('…') to each in output",
      )
      rule(
        'has schemas that every client takes',
        refused === undefined && inputSchema.type === 'object' && outputSchema.type === 'object',
        `its schemas hold ${refused}, which Foundry and others refuse`,
        'Leave unions, references and nullable types out',
      )
    }
  })
}

suite('a scope or role is described to the person who grants it', () => {
  const access = endpoints.flatMap(({ tools }) => tools.map((tool) => tool.access))
  const permissions = access.flatMap(({ scopes, roles }) => [...scopes, ...roles])
  for (const [value, { title, description }] of new Map(permissions.map((it) => [it.value, it]))) {
    test(value, () => {
      assert.ok(
        title.length > 3 && title.length <= 100,
        `${value}: give it a title of 4 to 100 characters`,
      )
      assert.ok(description.length > 10, `${value}: describe what the app will be able to do`)
    })
  }
})
