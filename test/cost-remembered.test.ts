/** Azure's answers are remembered for ten minutes, for one user in one client, or until a purge. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import * as z from 'zod'
import { alice, bob, clients, tenantId, type User } from '../local/seed.ts'
import { rememberedAnswers } from '../shared/remembered-answers.ts'
import { type CostStack, dataPlatform, production, startCostStack, today } from './support/cost.ts'

let stack: CostStack
before(async () => {
  stack = await startCostStack()
})
after(() => stack.close())
beforeEach(() => {
  stack.reset()
  for (const { oid } of [alice, bob]) {
    stack.services.remembered.forgetUser({ tid: tenantId, oid })
  }
})

const asked = () => stack.azure.admin.requests().length
const minutes = (count: number) => count * 60_000
const ask = async (args: object, name = 'cost_by_service', user: User = alice) => {
  const { data, text } = await stack.again(name, { scope: production, ...args }, user)
  return z.looseObject({ asOf: z.string() }).parse(data, { error: () => text })
}

test('an equivalent question is answered from memory, with its age', async () => {
  const first = await ask({ period: 'month_to_date' })
  assert.equal(asked(), 1)
  stack.wait(minutes(9))
  const words = [
    {},
    { from: '2026-11-01', to: '2026-11-21' },
    { scope: `/subscriptions/${production}/` },
  ]
  for (const args of words) assert.deepEqual(await ask(args), first)
  assert.equal(first.asOf, today.toISOString())
  assert.equal(asked(), 1)
})

test('tools share remembered answers', async () => {
  await ask({})
  await ask({}, 'compare_costs')
  assert.equal(asked(), 2, 'the month before only')
})

test('a year by day that is asked again is answered from memory', async () => {
  const args = { from: '2025-11-22', to: '2026-11-21', daily: true }
  await ask(args)
  const before = asked()
  await ask({ ...args, limit: 1000 })
  assert.equal(asked(), before)
})

test('Azure is asked again after ten minutes', async () => {
  const first = await ask({})
  stack.wait(minutes(10))
  const later = await ask({})
  assert.equal(asked(), 2)
  assert.notEqual(later.asOf, first.asOf)
})

const others: [what: string, args: object, name?: string][] = [
  ['another scope', { scope: dataPlatform }],
  ['another group', { groupBy: 'location' }],
  ['two groups', { thenBy: 'location' }],
  ['a part', { services: ['Storage'] }],
  ['other days', { period: 'last_month' }],
  ['a forecast', {}, 'cost_forecast'],
  ['budgets', {}, 'list_budgets'],
]
for (const [what, args, name] of others) {
  test(`${what} is another question`, async () => {
    await ask({})
    await ask(args, name)
    assert.equal(asked(), 2)
  })
}

test('a failure is not remembered', async () => {
  stack.azure.admin.fail({ at: 'query', kind: 'status', status: 403 })
  const { isError } = await stack.again('cost_by_service', { scope: production })
  assert.ok(isError)
  await ask({})
  assert.equal(asked(), 2)
})

test('users share no answers: Azure is asked for each, and refuses one', async () => {
  await ask({})
  const his = await stack.again('cost_by_service', { scope: production }, bob)
  assert.match(his.text, /403 AuthorizationFailed/)
  assert.equal(asked(), 2)
})

test('a sign-in that Entra refuses gets no answer of a stronger one', async () => {
  await ask({})
  const fault = { on: 'on_behalf_of', kind: 'refusal', error: 'invalid_grant' } as const
  stack.entra.admin.addFault({ ...fault, code: 53003 })
  const { isError, text } = await stack.again('cost_by_service', { scope: production })
  assert.ok(isError)
  assert.match(text, /AADSTS53003/)
})

test('a purge removes remembered answers', async () => {
  await ask({})
  await stack.services.tokenCache.purgeUser({ tid: tenantId, oid: alice.oid })
  // Tokens from before the purge are refused, so this looks at the memory without one.
  const remember = stack.services.remembered.of({
    ...{ tid: tenantId, oid: alice.oid, azp: clients.public.clientId },
  })
  const path = `/subscriptions/${production}/providers/Microsoft.CostManagement/query`
  const { answer } = await remember(path, z.string(), async () => 'asked again')
  assert.equal(answer, 'asked again')
})

const owner = { tid: tenantId, oid: alice.oid, azp: 'client' }
const memory = () => {
  let time = 1_000_000
  const purges: { oid: string; time: number }[] = []
  const answers = rememberedAnswers({
    purgedSince: ({ oid }, since) => purges.some((it) => it.oid === oid && it.time >= since),
    now: () => time,
  })
  let found = 0
  const recall = async (who = owner, question = 'q') => {
    const before = found
    await answers.of(who)(question, z.string(), async () => `${++found}`)
    return found === before
  }
  return {
    recall,
    answers,
    purge: (oid: string) => purges.push({ oid, time }),
    pass: (milliseconds: number) => {
      time += milliseconds
    },
  }
}

test('clients, tenants and users share no entry', async () => {
  const { recall } = memory()
  assert.equal(await recall(), false)
  for (const other of [{ azp: 'other' }, { tid: 'other' }, { oid: 'other' }]) {
    assert.equal(await recall({ ...owner, ...other }), false)
  }
  assert.equal(await recall(), true)
})

test('a purge on another instance removes the answers of that user only', async () => {
  const { recall, purge, pass } = memory()
  await recall()
  await recall({ ...owner, oid: bob.oid })
  purge(alice.oid)
  pass(1)
  assert.equal(await recall(), false)
  assert.equal(await recall(), true)
  assert.equal(await recall({ ...owner, oid: bob.oid }), true)
})

test('an answer that was under way during a purge is not kept', async () => {
  const { recall, answers, purge, pass } = memory()
  const { promise, resolve } = Promise.withResolvers<string>()
  const under = answers.of(owner)('q', z.string(), () => promise)
  purge(alice.oid)
  pass(1)
  resolve('late')
  await under
  assert.equal(await recall(), false)
})

test('memory is bounded: the least used answers go first, and large ones are not kept', async () => {
  const { answers } = memory()
  let found = 0
  const ask = (question: string, length: number) =>
    answers.of(owner)(question, z.string(), async () => {
      found += 1
      return 'x'.repeat(length)
    })
  await ask('huge', 3_000_000)
  await ask('huge', 3_000_000)
  assert.equal(found, 2)
  for (let each = 0; each < 40; each++) await ask(`large ${each}`, 1_000_000)
  await ask('large 39', 1_000_000)
  assert.equal(found, 42)
  await ask('large 0', 1_000_000)
  assert.equal(found, 43)
})
