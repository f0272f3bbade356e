/**
 * The page of costs under the official host side of MCP Apps, in a real browser, over the real endpoint. With
 * UPDATE_SCREENSHOTS=1 it updates the pictures in docs/screenshots.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import type { Browser, Frame, Locator } from 'playwright-core'
import * as z from 'zod'
import { settingsSchema } from '../../local/azure/settings.ts'
import { alice, subscriptions } from '../../local/seed.ts'
import { type AppHost, type Asked, showIn, startAppHost } from '../support/app-host.ts'
import { launchChromium, withoutChromium } from '../support/chromium.ts'
import { eventually } from '../support/eventually.ts'
import { type HostedProduct, startHostedProduct } from '../support/hosted-product.ts'

const [scope = ''] = subscriptions.map(({ id }) => id)
const widths = [320, 375, 1280]

const result = z.looseObject({
  isError: z.boolean().default(false),
  content: z.array(z.looseObject({ text: z.string() })).min(1),
})
const answer = z.looseObject({
  total: z.number(),
  rows: z.array(z.looseObject({ name: z.string(), cost: z.number() })),
  omitted: z.object({ rows: z.number() }),
})

suite('costs in a client', { skip: withoutChromium, timeout: 240_000 }, () => {
  let product: HostedProduct
  let host: AppHost
  let browser: Browser
  before(async () => {
    product = await startHostedProduct({ RATE_LIMIT_PER_MINUTE: '1000000' })
    host = await startAppHost(product.origin)
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    await host?.close()
    await product?.close()
  })
  beforeEach(() => product.reset())

  /** A tool's result in a window of its own. `answer`: the text of the tool, read. */
  async function show(
    tool: string,
    args: object,
    {
      width = 1280,
      ...asked
    }: { width?: number } & Partial<Omit<Asked, 'endpoint' | 'token' | 'tool' | 'args'>> = {},
  ) {
    const theme = asked.theme ?? 'light'
    const context = await browser.newContext({
      viewport: { width, height: 1600 },
      // The host decides, not the system.
      colorScheme: theme === 'light' ? 'dark' : 'light',
    })
    const page = await context.newPage()
    const asking: string[] = []
    const complaints: string[] = []
    page.on('request', (request) => asking.push(request.url()))
    page.on('pageerror', ({ message }) => complaints.push(message))
    page.on('console', (message) => {
      if (/Content Security Policy|Uncaught/.test(message.text())) complaints.push(message.text())
    })
    await page.goto(host.origin)
    const shown = result.parse(
      await showIn(page, {
        ...{ endpoint: product.endpoint, token: await product.tokenOf(alice), tool, theme },
        ...{ args: { scope, ...args }, ...asked },
      }),
    )
    const view = page.frameLocator('iframe')
    await view.locator('.as-of, [role=alert]:not(:empty)').first().waitFor()
    const frame = page.frames().find((it) => it.parentFrame() !== null)
    assert.ok(frame)
    // The host makes room for the whole page.
    await eventually(async () =>
      assert.ok(
        await frame.evaluate('document.documentElement.scrollHeight <= innerHeight'),
        'the frame is too small',
      ),
    )
    return {
      ...{ page, view, frame, complaints },
      text: shown.content[0]?.text ?? '',
      assertAlone() {
        const elsewhere = asking.filter(
          (url) => ![host.origin, product.origin].includes(new URL(url).origin),
        )
        assert.deepEqual([elsewhere, complaints], [[], []])
      },
      [Symbol.asyncDispose]: () => context.close(),
    }
  }

  const violations = z.object({
    violations: z.array(
      z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) }),
    ),
  })

  const kinds: [name: string, tool: string, args: object, heading: string][] = [
    ['services', 'cost_by_service', { period: 'last_month' }, 'Costs by service'],
    [
      'groups',
      'cost_by_service',
      { period: 'last_month', thenBy: 'resource_group' },
      'Costs by service and resource group',
    ],
    [
      'resources',
      'cost_by_service',
      { period: 'last_month', groupBy: 'resource' },
      'Costs by resource',
    ],
    [
      'days',
      'cost_by_service',
      { period: 'last_30_days', daily: true, limit: 1000 },
      'Costs by day and service',
    ],
    ['forecast', 'cost_forecast', {}, 'Cost forecast'],
    ['movers', 'compare_costs', { period: 'last_month' }, 'What changed, by service'],
    ['budgets', 'list_budgets', {}, 'Budgets'],
  ]
  for (const [name, tool, args, heading] of kinds) {
    for (const theme of ['light', 'dark'] as const) {
      test(`${name}, ${theme}: fits, makes no requests, axe finds nothing`, async () => {
        for (const width of widths) {
          await using shown = await show(tool, args, { theme, width })
          assert.equal(await shown.view.getByRole('heading', { level: 1 }).textContent(), heading)
          const seen = await shown.frame.evaluate(`({
            scrolls: document.documentElement.scrollWidth > innerWidth,
            text: getComputedStyle(document.body).color,
            small: [...document.querySelectorAll('button')].filter((it) => it.getBoundingClientRect().height < 18).length,
          })`)
          const text = theme === 'light' ? 'rgb(27, 31, 36)' : 'rgb(240, 242, 245)'
          assert.deepEqual(seen, { scrolls: false, text, small: 0 }, `${width} px`)
          assert.ok((await shown.view.getByRole('table').count()) > 0)
          await shown.frame.evaluate(axe.source)
          const found = violations.parse(await shown.frame.evaluate('axe.run()')).violations
          assert.deepEqual(found, [], `${width} px`)
          shown.assertAlone()
        }
      })
    }
  }

  /** What a table says, row by row, as texts. */
  const cellsOf = async ({ frame }: { frame: Frame }) =>
    z
      .array(z.array(z.string()))
      .parse(
        await frame.evaluate(
          '[...document.querySelectorAll("tr")].map((row) => [...row.cells].map((cell) => (cell.querySelector(".name") ?? cell).textContent))',
        ),
      )
  const focused = ({ frame }: { frame: Frame }) =>
    frame.evaluate('document.activeElement.textContent')
  const euros = (amount: number) =>
    new Intl.NumberFormat('en-US', { style: 'currency', currency: 'EUR' }).format(amount)

  test('costs have the numbers of the tool’s text', async () => {
    await using shown = await show('cost_by_service', { period: 'last_month' })
    await shown.view.getByRole('button', { name: /^Show \d+ more$/ }).click()
    const { rows, total } = answer.parse(JSON.parse(shown.text))
    const [head, ...cells] = await cellsOf(shown)
    assert.deepEqual(head, ['Service', 'Cost', 'Share'])
    const foot = cells.pop()
    assert.deepEqual(
      cells.map(([name, cost]) => [name, cost]),
      rows.map(({ name, cost }) => [name, euros(cost)]),
    )
    assert.deepEqual(foot, ['Total', euros(total), '100%'])
    assert.equal(await shown.view.locator('.headline strong').textContent(), euros(total))
  })

  test('rows that are not shown are part of the total', async () => {
    await using shown = await show('cost_by_service', { period: 'last_month', limit: 20 })
    const { rows, total, omitted } = answer.parse(JSON.parse(shown.text))
    const cells = await cellsOf(shown)
    const first = rows.slice(0, 12).reduce((sum, { cost }) => sum + cost, 0)
    assert.deepEqual(cells.at(-2)?.slice(0, 2), [
      `and ${8 + omitted.rows} more`,
      euros(total - first),
    ])
    assert.deepEqual(cells.at(-1)?.slice(0, 2), ['Total', euros(total)])
  })

  test('changes have the numbers of the tool’s text', async () => {
    await using shown = await show('compare_costs', { period: 'last_month', limit: 12 })
    const schema = z.looseObject({
      rows: z.array(
        z.looseObject({
          name: z.string(),
          ...{ cost: z.number(), previousCost: z.number(), change: z.number() },
        }),
      ),
    })
    const { rows } = schema.parse(JSON.parse(shown.text))
    const cells = await cellsOf(shown)
    assert.deepEqual(
      cells.slice(1, 13),
      rows.map(({ name, cost, previousCost, change }) => [
        name,
        `${change > 0 ? '▲ +' : change < 0 ? '▼ ' : ''}${euros(change)}`,
        ...[euros(cost), euros(previousCost)],
      ]),
    )
  })

  test('days and forecast have the numbers of the tool’s text', async () => {
    const schema = z.looseObject({
      rows: z.array(z.looseObject({ date: z.string(), cost: z.number() })),
    })
    const sums = (text: string) => {
      const byDay = new Map<string, number>()
      for (const { date, cost } of schema.parse(JSON.parse(text)).rows) {
        byDay.set(date, (byDay.get(date) ?? 0) + cost)
      }
      return [...byDay].sort().map(([, cost]) => euros(Math.round(cost * 10_000) / 10_000))
    }
    await using days = await show('cost_by_service', {
      ...{ period: 'last_7_days', daily: true, limit: 1000 },
    })
    const ofDays = await cellsOf(days)
    assert.deepEqual(
      ofDays.slice(1, -1).map((row) => row.at(-1)),
      sums(days.text),
    )
    await using forecast = await show('cost_forecast', {})
    const ofForecast = await cellsOf(forecast)
    assert.deepEqual(
      ofForecast.slice(1, -1).map((row) => row[1]),
      sums(forecast.text),
    )
    assert.equal(await forecast.view.locator('path.expected').count(), 1)
  })

  for (const [how, press] of [
    ['a click', (bar: Locator) => bar.click()],
    ['Enter', (bar: Locator) => bar.press('Enter')],
  ] as const) {
    test(`${how} on a bar asks for what is within, and back again`, async () => {
      await using shown = await show('cost_by_service', { period: 'last_month' })
      const { view, page } = shown
      await press(view.getByRole('button', { name: 'Storage', exact: true }))
      const heading = view.getByRole('heading', { name: 'Costs by resource group' })
      await heading.waitFor()
      assert.equal(await focused(shown), 'Costs by resource group')
      assert.deepEqual(await view.getByRole('listitem').allTextContents(), ['All', 'Storage'])

      const within = {
        scope,
        period: 'last_month',
        services: ['Storage'],
        groupBy: 'resource_group',
      }
      await using direct = await show('cost_by_service', within)
      const [inFrame, asked] = await Promise.all([shown, direct].map(cellsOf))
      assert.deepEqual(inFrame, asked)
      // The model gets what the person looks at.
      const contexts = z.array(result).parse(await page.evaluate('contexts'))
      assert.equal(contexts.at(-1)?.content[0]?.text, direct.text)

      await press(view.getByRole('button', { name: 'rg-contoso-production-data' }).first())
      await view.getByRole('heading', { name: 'Costs by resource' }).waitFor()
      await press(view.getByRole('button', { name: 'Back' }))
      await press(view.getByRole('button', { name: 'Back' }))
      await view.getByRole('heading', { name: 'Costs by service' }).waitFor()
      assert.equal(await focused(shown), 'Storage')
      assert.equal(await view.getByRole('navigation').count(), 0)
      shown.assertAlone()
    })
  }

  test('a click on a change or on a legend asks for what is within', async () => {
    await using movers = await show('compare_costs', { period: 'last_month' })
    await movers.view.getByRole('button', { name: /^Virtual Machines/ }).click()
    await movers.view.getByRole('heading', { name: 'What changed, by resource group' }).waitFor()
    await using days = await show('cost_by_service', { period: 'last_7_days', daily: true })
    await days.view.getByRole('button', { name: /^Virtual Machines/ }).click()
    await days.view.getByRole('heading', { name: 'Costs by day and resource group' }).waitFor()
  })

  test('a refusal is shown in words, in place', async () => {
    await using shown = await show('cost_by_service', { period: 'last_month' })
    product.azure.admin.fail({ at: 'query', kind: 'access-denied' })
    const bar = shown.view.getByRole('button', { name: 'Log Analytics' })
    await bar.press('Enter')
    const alert = shown.view.getByRole('alert')
    await shown.view.locator('[role=alert]:not(:empty)').waitFor()
    assert.match(
      (await alert.textContent()) ?? '',
      /^The signed-in user may not read costs there\./,
    )
    assert.equal(await focused(shown), 'Log Analytics')
    await bar.press('Enter')
    await shown.view.getByRole('heading', { name: 'Costs by resource group' }).waitFor()
    assert.equal(await alert.textContent(), '')
  })

  test('an answer that comes after the person went back changes nothing', async () => {
    await using shown = await show('cost_by_service', { period: 'last_month' })
    const { view } = shown
    await view.getByRole('button', { name: 'ExpressRoute' }).click()
    await view.getByRole('heading', { name: 'Costs by resource group' }).waitFor()
    product.azure.admin.fail({ at: 'query', kind: 'latency', milliseconds: 1_500 })
    const late = shown.page.waitForResponse((response) =>
      /"groupBy":"resource"/.test(response.request().postData() ?? ''),
    )
    await view.getByRole('button', { name: /^rg-/ }).first().click()
    await view.getByText('Asking Azure').waitFor()
    await view.getByRole('button', { name: 'Back' }).click()
    await view.getByRole('button', { name: 'Azure Firewall' }).click()
    await view.getByRole('heading', { name: 'Costs by resource group' }).waitFor()
    await (await late).finished()
    // Answered after it, by the same host.
    await shown.page.evaluate('setTheme("dark")')
    await view.locator('html[data-theme=dark]').waitFor()
    assert.deepEqual(await view.getByRole('listitem').allTextContents(), ['All', 'Azure Firewall'])
  })

  test('a missing scope is shown in words too', async () => {
    await using shown = await show('cost_by_service', { scope: 'no such thing' })
    assert.match(
      (await shown.view.getByRole('alert').textContent()) ?? '',
      /^Invalid arguments: scope: must be a subscription id/,
    )
  })

  test('a host that calls no tools gets a chart without buttons', async () => {
    await using shown = await show(
      'cost_by_service',
      { period: 'last_month' },
      { without: 'tools' },
    )
    const names = await shown.view.getByRole('button').allTextContents()
    assert.equal(names.filter((name) => !/^Show/.test(name)).length, 0)
  })

  test('a host that hands on texts only gets the same chart', async () => {
    const without = 'structured content'
    const args = { period: 'last_month' }
    await using text = await show('cost_by_service', args, { without })
    await using whole = await show('cost_by_service', args)
    const [one, other] = await Promise.all([text, whole].map(cellsOf))
    assert.deepEqual(one, other)
  })

  test('the host’s theme and language are followed while it is open', async () => {
    await using shown = await show(
      'cost_by_service',
      { period: 'last_month' },
      { locale: 'de-DE', theme: 'light' },
    )
    assert.match((await shown.view.locator('.headline strong').textContent()) ?? '', /\d,\d\d\s€$/)
    await shown.page.evaluate('setTheme("dark")')
    await shown.view.locator('html[data-theme=dark]').waitFor()
    assert.equal(
      await shown.frame.evaluate('getComputedStyle(document.body).color'),
      'rgb(240, 242, 245)',
    )
  })

  test('the system’s theme is followed when the host has none', async () => {
    const file = new URL('../../dist/pages/cost-chart.html', import.meta.url)
    for (const [colorScheme, text] of [
      ['light', 'rgb(27, 31, 36)'],
      ['dark', 'rgb(240, 242, 245)'],
    ] as const) {
      const context = await browser.newContext({ colorScheme })
      const page = await context.newPage()
      await page.goto(file.href)
      await page.getByText('Waiting for the costs').waitFor()
      assert.equal(await page.evaluate('getComputedStyle(document.body).color'), text)
      await context.close()
    }
  })

  /** Costs of one past day, all there are; tests have days of their own, and the days before, since answers are remembered. */
  let daysAgo = 1
  function plant(costs: readonly object[]) {
    daysAgo += 2
    const day = new Date(Date.now() - daysAgo * 24 * 60 * 60_000).toISOString().slice(0, 10)
    product.azure.admin.change({
      costs: settingsSchema.shape.costs.parse(
        costs.map((cost) => ({ subscription: scope, day, ...cost })),
      ),
    })
    return { from: day, to: day }
  }

  test('hostile names are shown as text only', async () => {
    const names = [
      '<script>parent.pwned = self.pwned = true</script>',
      '<img src=x onerror="self.pwned=true">',
      '"><svg/onload=self.pwned=true>',
      'Invoice \u{202e}gpj.exe\u{2066}',
      '\u{200b}\u{0007}bell',
      `${'long '.repeat(60)}${'x'.repeat(200)}`,
      '__proto__',
      'javascript:alert(1)',
    ]
    const days = plant(names.map((service, index) => ({ service, cost: 100 - index })))
    for (const [tool, args] of [
      ['cost_by_service', days],
      ['cost_by_service', { ...days, daily: true }],
      ['cost_by_service', { ...days, thenBy: 'location' }],
      ['compare_costs', days],
    ] as const) {
      await using shown = await show(tool, args, { width: 320 })
      const { view, frame, page } = shown
      const body = (await view.locator('main').textContent()) ?? ''
      assert.ok(body.includes('<script>parent.pwned = self.pwned = true</script>'))
      // Direction marks would reverse the text beside them.
      assert.doesNotMatch(body, /(?!\n)[\p{Cc}\p{Cf}]/u)
      assert.equal(
        await frame.evaluate(
          'document.querySelectorAll("main :is(script, img, iframe, a)").length',
        ),
        0,
      )
      assert.deepEqual(
        [await frame.evaluate('self.pwned'), await page.evaluate('self.pwned')],
        [undefined, undefined],
      )
      assert.equal(await frame.evaluate('document.documentElement.scrollWidth > innerWidth'), false)
      shown.assertAlone()
    }
    // Followed by the name as Azure has it.
    await using shown = await show('cost_by_service', days)
    await shown.view.getByRole('button', { name: /^Invoice/ }).click()
    await shown.view.getByRole('heading', { name: 'Costs by resource group' }).waitFor()
    assert.equal(await shown.view.locator('.headline strong').textContent(), euros(97))
  })

  test('the page’s own policy lets nothing run or be fetched that is not in it', async () => {
    await using shown = await show('cost_by_service', { period: 'last_month' })
    const tried = await shown.frame.evaluate(`Promise.all([
      fetch('${product.origin}/healthz').then(() => 'fetched', () => 'refused'),
      new Promise((resolve) => {
        const image = new Image()
        image.onload = () => resolve('loaded')
        image.onerror = () => resolve('refused')
        image.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACw='
      }),
      new Promise((resolve) => {
        const script = document.createElement('script')
        script.textContent = 'self.ran = true'
        document.body.append(script)
        resolve(self.ran ? 'ran' : 'refused')
      }),
    ])`)
    assert.deepEqual(tried, ['refused', 'refused', 'refused'])
    assert.ok(shown.complaints.length > 0)
  })

  test('1,000 rows are there at once, few of them first, and add up', async () => {
    const costs = Array.from({ length: 1000 }, (_, index) => ({
      service: `Service ${index}`,
      cost: 0.01 * (index + 1),
    }))
    const days = plant(costs)
    const begun = performance.now()
    await using shown = await show('cost_by_service', { ...days, limit: 1000 })
    const { view } = shown
    assert.equal(await view.locator('tbody tr').count(), 13)
    const total = euros(costs.reduce((sum, { cost }) => sum + cost, 0))
    assert.equal(await view.locator('tfoot td').first().textContent(), total)
    await view.getByRole('button', { name: 'Show 988 more' }).click()
    await view.locator('tbody tr:nth-child(1000)').waitFor()
    assert.ok(performance.now() - begun < 20_000)
    assert.equal(await view.locator('tbody tr').count(), 1000)
    assert.equal(await view.locator('tfoot td').first().textContent(), total)
  })

  test('further pages are loaded through the host, and the total stays', async () => {
    const costs = Array.from({ length: 45 }, (_, index) => ({
      service: `Service ${index}`,
      cost: index + 1,
    }))
    await using shown = await show('cost_by_service', { ...plant(costs), limit: 20 })
    const { view } = shown
    await view.getByRole('button', { name: 'Show 8 more' }).click()
    await view.getByText('and 25 more').waitFor()
    assert.equal(await focused(shown), 'Service 32')
    const more = view.getByRole('button', { name: 'Load more rows' })
    await more.click()
    await view.getByText('and 5 more').waitFor()
    assert.equal(await focused(shown), 'Service 24')
    await more.click()
    await view.locator('tbody tr:nth-child(45)').waitFor()
    assert.equal(await view.getByText(/^and \d+ more$/).count(), 0)
    assert.equal(await more.count(), 0)
    assert.equal(await view.locator('tfoot td').first().textContent(), euros(1035))
  })

  test('amounts of two currencies are never added', async () => {
    const days = plant([
      { service: 'Storage', cost: 10 },
      { service: 'Storage', cost: 20, currency: 'USD' },
      { service: 'Backup', cost: -5, currency: 'USD' },
    ])
    await using shown = await show('cost_by_service', days)
    assert.deepEqual(await shown.view.locator('.headline strong').allTextContents(), [
      '€10.00',
      '$15.00',
    ])
    const feet = await shown.view.locator('tfoot td:nth-child(2)').allTextContents()
    assert.deepEqual(feet, ['€10.00', '$15.00'])
    // A credit differs by its sign and its pattern.
    await shown.view.getByText('-$5.00').waitFor()
    assert.equal(await shown.view.locator('.credit').count(), 1)
  })

  test('an answer without costs says so', async () => {
    await using shown = await show('cost_by_service', plant([]))
    await shown.view.getByText('There are no costs in this period.').waitFor()
  })

  type Look = [width: number, theme: 'light' | 'dark']
  const all: Look[] = [
    [780, 'light'],
    [780, 'dark'],
    [375, 'light'],
  ]
  const pictures: [name: string, tool: string, args: object, says: string, looks: Look[]][] = [
    [
      'services',
      'cost_by_service',
      { period: 'last_month' },
      'What did production cost last month?',
      all,
    ],
    [
      'days',
      'cost_by_service',
      { period: 'last_30_days', daily: true, limit: 1000, groupBy: 'resource_group' },
      'And day by day, by resource group?',
      [[780, 'light']],
    ],
    ['forecast', 'cost_forecast', {}, 'Where will this month end?', [[780, 'dark']]],
    ['movers', 'compare_costs', {}, 'What changed since last month?', [[780, 'light']]],
    ['budgets', 'list_budgets', {}, 'Are we within our budgets?', [[780, 'light']]],
  ]
  const isAsked = process.env.UPDATE_SCREENSHOTS === '1'
  for (const [name, tool, args, says, looks] of isAsked ? pictures : []) {
    for (const [width, theme] of looks) {
      test(`picture: ${name}, ${width} px, ${theme}`, async () => {
        await using shown = await show(tool, args, { width, theme, says })
        const path = `../../docs/screenshots/chart-${name}-${width}-${theme}.png`
        await shown.page.locator('main').screenshot({
          path: fileURLToPath(new URL(path, import.meta.url)),
        })
      })
    }
  }
})
