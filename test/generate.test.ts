/** Generated files are current, and what they are generated from is written in one file only. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { endpoints } from '../functions/endpoints.ts'
import { outputs } from '../generate/outputs.ts'
import { baseUrlsOf, permissionsOf } from '../generate/permissions.ts'
import { defineDownstream, setting } from '../shared/downstreams.ts'
import { userScope } from '../shared/mcp/access.ts'
import {
  defineEndpoint,
  downstreamsOf,
  type EndpointDefinition,
} from '../shared/mcp/define-endpoint.ts'
import { defineTool } from '../shared/mcp/tool.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string) => readFileSync(root + file, 'utf8')
const generated = await outputs()

suite('npm run generate would change nothing', () => {
  for (const { file, text } of generated) {
    test(file, () => {
      assert.ok(read(file) === text, `${file} is not current: run npm run generate`)
    })
  }
})

suite('is written by hand in one file only', () => {
  const whole = generated.map(({ file }) => file)
  const sources = globSync('{functions,shared,local,infra,generate,doctor}/**/*.{ts,json,bicep}', {
    cwd: root,
  })
    .filter(
      (file) => !/\.test\.ts$|^infra\/(types|snapshots)\//.test(file) && !whole.includes(file),
    )
    .map((file) => ({ file, text: read(file) }))
  const { scopes, appRoles } = permissionsOf(endpoints)
  const apis = downstreamsOf(endpoints).map(({ definition }) => definition)
  const names = [
    ...[...scopes, ...appRoles].flatMap(({ id, value }) => [id, value]),
    ...apis.flatMap(({ appId, scopeId }) => [appId ?? [], scopeId ?? []].flat()),
    ...baseUrlsOf(endpoints).map((it) => it.setting),
  ]
  /** The emulators repeat Microsoft's ids, to check the product's. */
  const isEmulated = (file: string, name: string) =>
    file.startsWith('local/') && apis.some(({ appId }) => appId === name)
  for (const name of new Set(names)) {
    test(name, () => {
      const found = sources
        .filter(({ file, text }) => code(text).includes(name) && !isEmulated(file, name))
        .map(({ file }) => file)
      // Derived ids are in no file.
      assert.ok(
        found.length <= 1,
        `${name} stands in ${found.join(', ')}: keep the first definition`,
      )
    })
  }
  const code = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/ .*/g, '')
})

suite('a second definition', () => {
  const words = { title: 'Read orders', description: 'Reads orders, as you.' }
  const orders = (name: string, title: string, byDefault?: string) =>
    defineEndpoint({
      name,
      title: 'Orders',
      tools: [
        defineTool({
          name: 'list_orders',
          description: 'Lists orders.',
          effect: 'reads',
          access: userScope('orders.read', { ...words, title }),
          downstream: defineDownstream({
            name: 'Orders',
            resource: 'api://orders',
            scope: 'orders.read',
            baseUrl: setting('ORDERS_BASE_URL', byDefault),
          }),
          input: z.strictObject({}),
          output: z.object({}),
          run: async () => ({}),
        }),
      ],
    })

  test('equal definitions are no problem', () => {
    const both = [orders('a', 'Read orders'), orders('b', 'Read orders')]
    assert.equal(permissionsOf(both).scopes.length, 1)
    assert.equal(baseUrlsOf(both).length, 2)
  })

  const refused: [what: string, first: EndpointDefinition, second: EndpointDefinition][] = [
    ['scope orders.read', orders('a', 'Read orders'), orders('b', 'Read all orders')],
    ['endpoint a', orders('a', 'Read orders'), orders('a', 'Read orders')],
  ]
  for (const [what, first, second] of refused) {
    test(`the ${what} is refused by name, when it differs`, () => {
      assert.throws(
        () => permissionsOf([first, second]),
        new RegExp(`The ${what} is defined twice, and differently: (choose|export)`),
      )
    })
  }

  test('an app setting is refused by name, when it differs', () => {
    const both = [orders('a', 'Read orders'), orders('b', 'Read orders', 'https://orders.example')]
    assert.throws(() => baseUrlsOf(both), /The app setting ORDERS_BASE_URL is defined twice/)
  })

  test('an id is derived, and the same in every deployment', () => {
    const [scope] = permissionsOf([orders('a', 'Read orders')]).scopes
    assert.match(
      scope?.id ?? '',
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
    const [again] = permissionsOf([orders('b', 'See orders')]).scopes
    assert.equal(again?.id, scope?.id)
  })
})
