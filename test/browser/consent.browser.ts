/**
 * Consent as a person meets it, in a real browser on a small screen: Entra's pages clicked through, and the page at the
 * end. With UPDATE_SCREENSHOTS=1 it updates the pictures in docs/screenshots.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { alice, armClientId, bob, clients, tenantId, type User } from '../../local/seed.ts'
import { arm, graph } from '../../shared/downstreams.ts'
import { createServices } from '../../shared/services.ts'
import { parseSettings } from '../../shared/settings.ts'
import { launchChromium, withoutChromium } from '../support/chromium.ts'
import { armScope } from '../support/entra-client.ts'
import { type HostedProduct, startHostedProduct } from '../support/hosted-product.ts'
import { linkShowingClient, Person } from '../support/mcp-clients.ts'

const screen = { width: 375, height: 560 }
const key = randomBytes(32).toString('base64url')

suite('consent in a browser', { skip: withoutChromium, timeout: 120_000 }, () => {
  let host: HostedProduct
  let browser: Browser
  before(async () => {
    host = await startHostedProduct({ ENCRYPTION_KEYS: JSON.stringify([{ kid: 'k', key }]) })
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    await host?.close()
  })
  beforeEach(() => {
    host.reset()
    host.entra.admin.removeGrants({ client: clients.api.clientId, resource: armClientId })
  })

  /** For alice, made `ago` milliseconds before. */
  function link({ ago = 0 } = {}): string {
    const now = () => Date.now() - ago
    const { consent } = createServices(parseSettings(host.environment, [arm, graph]), {
      now,
      log: () => {},
    })
    const tool = 'list_subscriptions'
    return consent.userLink({ tid: tenantId, oid: alice.oid, tool, scope: armScope })
  }

  /** A window of its own, and every address that it asked for. */
  async function openWindow(colorScheme: 'light' | 'dark') {
    const context = await browser.newContext({ viewport: screen, colorScheme })
    const page = await context.newPage()
    const addresses: URL[] = []
    page.on('request', (request) => addresses.push(new URL(request.url())))
    return { page, addresses, [Symbol.asyncDispose]: () => context.close() }
  }

  /** Entra's pages: the account, then its answer. */
  async function answer(page: Page, user: User, button: 'Accept' | 'Cancel') {
    await page.getByRole('button', { name: user.upn }).click()
    await page.getByRole('button', { name: button }).click()
    await page.waitForURL(`${host.origin}/consent/callback?**`)
  }

  async function assertFit(page: Page, colorScheme: 'light' | 'dark') {
    const seen = await page.evaluate(`({
      scrolls: document.documentElement.scrollWidth > innerWidth,
      scripts: document.scripts.length,
      text: getComputedStyle(document.body).color,
    })`)
    assert.deepEqual(seen, {
      scrolls: false,
      scripts: 0,
      text: colorScheme === 'dark' ? 'rgb(255, 255, 255)' : 'rgb(0, 0, 0)',
    })
    await assert.rejects(page.addScriptTag({ content: 'document.title = "ran"' }))
    assert.notEqual(await page.title(), 'ran')
  }

  const ends = [
    ['done', 'Done', 200, (page: Page) => answer(page, alice, 'Accept'), {}],
    [
      'wrong-account',
      'Another account consented',
      403,
      (page: Page) => answer(page, bob, 'Accept'),
      {},
    ],
    ['refused', 'Consent was not given', 403, (page: Page) => answer(page, alice, 'Cancel'), {}],
    [
      'expired',
      'This link has expired',
      400,
      (page: Page) => answer(page, alice, 'Accept'),
      { ago: 601_000 },
    ],
  ] as const
  for (const [name, title, status, go, made] of ends) {
    for (const colorScheme of ['light', 'dark'] as const) {
      test(`${name}, ${colorScheme}: fits a small screen, runs nothing, makes no requests`, async () => {
        await using window = await openWindow(colorScheme)
        const { page, addresses } = window
        await page.goto(link(made))
        const answered = page.waitForResponse(/\/consent\/callback\?/)
        await go(page)
        assert.equal((await answered).status(), status)
        assert.equal(await page.getByRole('heading').textContent(), title)

        const own = addresses.filter(({ origin }) => origin !== host.entra.origin)
        assert.deepEqual([...new Set(own.map(({ pathname }) => pathname))], ['/consent/callback'])
        assert.ok(own.every(({ origin }) => origin === host.origin))
        await assertFit(page, colorScheme)
        if (process.env.UPDATE_SCREENSHOTS === '1') {
          const file = new URL(
            `../../docs/screenshots/consent-${name}-${colorScheme}.png`,
            import.meta.url,
          )
          await page.screenshot({ path: fileURLToPath(file) })
        }
      })
    }
  }

  test('a client shows the link, the person clicks through it, and the call succeeds', async () => {
    await using window = await openWindow('light')
    const { page } = window
    const connect = linkShowingClient(async (shown) => {
      await page.goto(shown.href)
      await answer(page, alice, 'Accept')
      return 'accept'
    })
    const person = new Person(alice.upn, { client_id: clients.public.clientId })
    await using client = await connect(host.endpoint, person)
    const { isError, structuredContent } = await client.call('list_subscriptions')
    assert.equal(isError, false)
    assert.ok(Array.isArray(structuredContent?.subscriptions))
    assert.equal(await page.getByRole('heading').textContent(), 'Done')
    assert.equal(host.entra.admin.requests({ kind: 'on_behalf_of' }).length, 2)
  })

  test('an administrator clicks through the link that a person was given', async () => {
    host.entra.admin.setUserConsent(false)
    await using window = await openWindow('dark')
    const { page } = window
    await page.goto(link())
    await page.getByRole('button', { name: alice.upn }).click()
    await assertFit(page, 'dark')
    const [shown = ''] =
      /http\S+/.exec((await page.getByText('Give this link').textContent()) ?? '') ?? []
    await page.goto(shown)
    await page.getByRole('button', { name: 'Approve as administrator' }).click()
    assert.equal(await page.getByRole('heading').textContent(), 'Approved for your organization')
    assert.equal(
      (await host.result(await host.tokenOf(alice), 'list_subscriptions')).isError,
      false,
    )
  })
})
