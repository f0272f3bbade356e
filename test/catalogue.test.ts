/** Rules that every tool of every endpoint keeps, and what an administrator has to set up for them. */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import permissions from '../infra/permissions.json' with { type: 'json' }
import type { Tool } from '../shared/mcp/tool.ts'
import { costTools } from './support/product.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const isTool = (it: unknown): it is Tool =>
  typeof it === 'object' && it !== null && 'access' in it && 'inputSchema' in it

/** Whatever the folders of functions/ export as a tool. */
const tools: Tool[] = []
for (const file of globSync('functions/*/*.ts', { cwd: root }).sort()) {
  const exported: object = await import(`${root}${file}`)
  tools.push(...Object.values(exported).filter(isTool))
}

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
/** `rows.cost` and the like, with what is said of each. */
function described(schema: Property, prefix = ''): [path: string, description: string][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, it]) => [
    [`${prefix}${name}`, it.description ?? ''] as [string, string],
    ...described(it, `${prefix}${name}.`),
    ...(it.items ? described(it.items, `${prefix}${name}.`) : []),
  ])
}
/** Names that say it all. */
const obvious = /(^|\.)(name|status|cost|date|url|bytes|links|rows|omitted|subscriptions)$/
const sameAsInput = ['operation', 'retryAfterSeconds']

test('tools are found, in the order of the contract', () => {
  const names = costTools.map(({ name }) => name)
  assert.deepEqual(names, ['list_subscriptions', 'cost_by_service', 'cost_export'])
  assert.deepEqual(new Set(tools), new Set(costTools))
})

for (const tool of tools) {
  const { name, description, effect, access, inputSchema, outputSchema } = tool
  suite(name, () => {
    test('has a name of a verb and a noun, or a noun and what it is by', () => {
      assert.match(name, /^[a-z]+(_[a-z]+)+$/)
      assert.ok(name.length <= 64)
    })

    test('has a description that a model can choose by, in one breath', () => {
      assert.ok(description.length >= 60 && description.length <= 500, `${description.length}`)
      assert.match(description, /^[A-Z].*[.]$/s)
      assert.doesNotMatch(description, /\n|https?:|TODO/)
    })

    test('demands something of its caller, a scope at least', () => {
      assert.ok(access.scopes.length > 0)
      assert.ok(effect === 'reads' || effect === 'writes')
    })

    test('says what each argument is, and takes no others', () => {
      for (const [path, words] of described(property.parse(inputSchema))) {
        assert.ok(words.length > 3, path)
      }
      assert.equal(inputSchema.additionalProperties, false)
    })

    test('says what each part of its result is, unless the name does', () => {
      for (const [path, words] of described(property.parse(outputSchema))) {
        assert.ok(words.length > 3 || obvious.test(path) || sameAsInput.includes(path), path)
      }
    })

    test('has schemas that every client takes', () => {
      const text = JSON.stringify([inputSchema, outputSchema])
      assert.doesNotMatch(text, /"(anyOf|oneOf|allOf|\$ref|\$defs|not)":/)
      assert.equal(inputSchema.type, 'object')
      assert.equal(outputSchema.type, 'object')
    })
  })
}

suite('infra/permissions.json', () => {
  const byValue = <T extends { value: string }>(a: T, b: T) => a.value.localeCompare(b.value)
  const scopes = new Map(tools.flatMap(({ access }) => access.scopes).map((it) => [it.value, it]))

  test('has every scope of a tool and no other, with who may consent to it', () => {
    assert.deepEqual(permissions.scopes.toSorted(byValue), [...scopes.values()].sort(byValue))
  })

  test('has every app role of a tool and no other', () => {
    const roles = new Map(tools.flatMap(({ access }) => access.roles).map((it) => [it.value, it]))
    assert.deepEqual(permissions.appRoles, [...roles.values()])
  })

  test('one scope has one kind of consent, in whatever tool it stands', () => {
    for (const { access } of tools) {
      for (const it of access.scopes) assert.deepEqual(it, scopes.get(it.value))
    }
  })

  test('says to who consents what a scope is', () => {
    for (const { title, description } of [...permissions.scopes, ...permissions.appRoles]) {
      assert.ok(title.length > 3 && title.length <= 100)
      assert.ok(description.length > 10)
    }
  })
})
