/** Resource Graph over HTTP: permissions, pages and refusals. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import * as z from 'zod'
import { type AzureForTest, startAzureForTest } from '../../test/support/azure.ts'
import { alice, bob, carol, subscriptions, type User } from '../seed.ts'

let it: AzureForTest
before(async () => {
  it = await startAzureForTest()
})
after(() => it.close())

const [production = '', , , retail = ''] = subscriptions.map(({ id }) => id)
const path = '/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01'
const ask = (user: User, body: object) => it.arm(user, path, body)
const answer = z.strictObject({
  totalRecords: z.number(),
  count: z.number(),
  data: z.array(z.record(z.string(), z.unknown())),
  facets: z.tuple([]),
  resultTruncated: z.enum(['true', 'false']),
  $skipToken: z.string().optional(),
})
const answerTo = async (user: User, body: object) => {
  const response = await ask(user, body)
  assert.equal(response.status, 200)
  assert.match(response.headers.get('x-ms-user-quota-resets-after') ?? '', /^\d\d:\d\d:\d\d$/)
  return answer.parse(await response.json())
}
const detailsOf = async (response: Response) => {
  const details = z.array(z.looseObject({ code: z.string() }))
  const body = z.object({ error: z.object({ code: z.literal('BadRequest'), details }) })
  assert.equal(response.status, 400)
  return body.parse(await response.json()).error.details
}

const visible: [user: User, subscriptions: number, groups: number][] = [
  [alice, 3, 18],
  [bob, 1, 6],
  // A role on one group does not show its subscription.
  [carol, 0, 1],
]
for (const [user, expected, groups] of visible) {
  test(`${user.name} sees only what a role allows`, async () => {
    const query = 'ResourceContainers | summarize n = count() by type | order by type asc'
    const { data } = await answerTo(user, { query })
    const counts = new Map(data.map(({ type, n }) => [type, n]))
    assert.equal(counts.get('microsoft.resources/subscriptions') ?? 0, expected)
    assert.equal(counts.get('microsoft.resources/subscriptions/resourcegroups'), groups)
  })
}

suite('pages', () => {
  const query = 'Resources | project id, name | order by id asc'

  test('continue with $skipToken, and contain every row once', async () => {
    const ids: unknown[] = []
    let $skipToken: string | undefined
    do {
      const options = { $top: 5, $skipToken }
      const page = await answerTo(alice, { query, options })
      assert.equal(page.resultTruncated, 'false')
      ids.push(...page.data.map(({ id }) => id))
      $skipToken = page.$skipToken
    } while ($skipToken !== undefined)
    const { totalRecords } = await answerTo(alice, { query })
    assert.deepEqual([ids.length, new Set(ids).size], [totalRecords, totalRecords])
  })

  for (const cut of ['Resources | project name', 'Resources | take 20']) {
    test(`are not available for ${cut}: the result is truncated, and says so`, async () => {
      const { count, resultTruncated, $skipToken } = await answerTo(alice, {
        query: cut,
        options: { $top: 5 },
      })
      assert.deepEqual([count, resultTruncated, $skipToken], [5, 'true', undefined])
    })
  }

  test('a token is valid only for its query and user', async () => {
    const { $skipToken } = await answerTo(alice, { query, options: { $top: 5 } })
    const options = { $top: 5, $skipToken }
    assert.equal((await ask(bob, { query, options })).status, 400)
    assert.equal((await ask(alice, { query: `${query} | take 9`, options })).status, 400)
  })
})

test('an answer may be a table', async () => {
  const body = { query: 'Resources | count', options: { resultFormat: 'table' } }
  const { data } = z.object({ data: z.unknown() }).parse(await (await ask(bob, body)).json())
  assert.deepEqual(data, { columns: [{ name: 'Count', type: 'object' }], rows: [[16]] })
})

suite('refused', () => {
  test('a query that is not KQL, with the position', async () => {
    const details = await detailsOf(await ask(bob, { query: "Resources\n| where name == 'x" }))
    assert.deepEqual(
      details.map(({ code }) => code),
      ['InvalidQuery', 'ParserFailure'],
    )
    assert.deepEqual([details[1]?.line, details[1]?.characterPositionInLine], [2, 16])
  })

  test('other users’ subscriptions, as if they did not exist', async () => {
    const body = { query: 'Resources', subscriptions: [production] }
    const [detail] = await detailsOf(await ask(bob, body))
    assert.equal(detail?.code, 'NoValidSubscriptionsInQueryRequest')
    const both = {
      query: 'Resources | distinct subscriptionId',
      subscriptions: [production, retail],
    }
    assert.deepEqual((await answerTo(bob, both)).data, [{ subscriptionId: retail }])
  })

  for (const body of [{}, { query: 1 }, { query: 'Resources', options: { $top: 1001 } }]) {
    test(`a request ${JSON.stringify(body)}`, async () => {
      assert.equal((await ask(alice, body)).status, 400)
    })
  }

  test('an unsupported version', async () => {
    const response = await it.arm(alice, path.replace('2022-10-01', '2019-04-01'), {})
    assert.equal(response.status, 400)
  })
})
