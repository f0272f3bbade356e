/**
 * The page on which a person decides whether a client may act for them, in a real browser: how it looks, by which keys
 * it works, and that the browser follows the form's answer to Entra and back to the client (CSP `form-action`). With
 * UPDATE_SCREENSHOTS=1 it updates the pictures in docs/screenshots.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { after, before, beforeEach, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import * as z from 'zod'
import { alice } from '../../local/seed.ts'
import { launchChromium, withoutChromium } from '../support/chromium.ts'
import { authorizeUrl, type HostedProduct, startHostedProduct } from '../support/hosted-product.ts'
import { oauthSettings } from '../support/oauth.ts'

const heights = { 320: 568, 375: 800, 1280: 800 }
type Width = keyof typeof heights
const sizes = [320, 375, 1280] as const
const schemes = ['light', 'dark'] as const
type Scheme = (typeof schemes)[number]
/** Those that docs/operate.md shows. */
const isPicture = (width: number, scheme: Scheme) =>
  (width === 375 && scheme === 'light') || (width === 1280 && scheme === 'dark')

suite('the page that asks whether a client may act', {
  skip: withoutChromium,
  timeout: 120_000,
}, () => {
  let host: HostedProduct
  let browser: Browser
  let client: Server
  let redirectUri: string
  before(async () => {
    host = await startHostedProduct(oauthSettings)
    browser = await launchChromium()
    client = createServer((_request, response) => response.end('the client has it')).listen(0)
    await once(client, 'listening')
    const address = client.address()
    redirectUri = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/callback`
  })
  after(async () => {
    client?.closeAllConnections()
    client?.close()
    await browser?.close()
    await host?.close()
  })
  beforeEach(() => host.reset())

  const address = (changes: Record<string, string> = {}) =>
    authorizeUrl(host, { redirect_uri: redirectUri, state: 'the-client-s', ...changes })

  async function openWindow(width: Width = 375, colorScheme: Scheme = 'light') {
    const context = await browser.newContext({
      viewport: { width, height: heights[width] },
      colorScheme,
    })
    const page = await context.newPage()
    page.setDefaultTimeout(8_000)
    const refusals: string[] = []
    page.on('console', (message) => {
      if (/Content.Security.Policy/i.test(message.text())) refusals.push(message.text())
    })
    return { page, refusals, [Symbol.asyncDispose]: () => context.close() }
  }
  const back = async (page: Page) => {
    await page.waitForURL(`${redirectUri}?**`)
    return new URL(page.url()).searchParams
  }
  const signIn = (page: Page) => page.getByRole('button', { name: alice.upn }).click()

  const looks = z.object({
    scrolls: z.boolean(),
    scripts: z.number(),
    covered: z.boolean(),
    buttons: z.array(
      z.object({
        text: z.string(),
        background: z.string(),
        height: z.number(),
        isInView: z.boolean(),
      }),
    ),
  })
  const look = `({
    scrolls: document.documentElement.scrollWidth > innerWidth,
    scripts: document.scripts.length,
    covered: document.querySelector('dl').getBoundingClientRect().bottom >
      document.querySelector('form').getBoundingClientRect().top,
    buttons: [...document.querySelectorAll('button')].map((button) => ({
      text: button.textContent,
      background: getComputedStyle(button).backgroundColor,
      height: button.getBoundingClientRect().height,
      isInView: button.getBoundingClientRect().bottom <= innerHeight,
    })),
  })`

  for (const width of sizes) {
    for (const colorScheme of schemes) {
      test(`${width} px, ${colorScheme}: fits, runs nothing, and Allow and Deny differ and are in view`, async () => {
        await using window = await openWindow(width, colorScheme)
        const { page } = window
        await page.goto(await address())
        const { scrolls, scripts, covered, buttons } = looks.parse(await page.evaluate(look))
        assert.deepEqual([scrolls, scripts], [false, 0])
        const [allow, deny, ...more] = buttons
        assert.deepEqual([allow?.text, deny?.text, more], ['Allow', 'Deny', []])
        assert.notEqual(allow?.background, deny?.background)
        // WCAG 2.2, 2.5.8 and 2.5.5.
        for (const { height } of buttons) assert.ok(height >= 44)
        for (const { isInView } of buttons) assert.ok(isInView)
        // On the smallest screens a person scrolls to the end of the text above the buttons.
        assert.equal(covered, width === 320)
        if (process.env.UPDATE_SCREENSHOTS === '1' && isPicture(width, colorScheme)) {
          const size = width === 375 ? '' : '-wide'
          const file = `../../docs/screenshots/authorize${size}-${colorScheme}.png`
          await page.screenshot({
            path: fileURLToPath(new URL(file, import.meta.url)),
            fullPage: true,
          })
        }
      })
    }
  }

  test('Allow leads through Entra to the client; the second time the browser asks nothing', async () => {
    await using window = await openWindow()
    const { page, refusals } = window
    const url = await address()
    await page.goto(url)
    await page.getByRole('button', { name: 'Allow' }).click()
    await signIn(page)
    const first = await back(page)
    assert.ok(first.get('code'))
    assert.equal(first.get('iss'), host.origin)
    await page.goto(url)
    await signIn(page)
    assert.ok((await back(page)).get('code'))
    assert.deepEqual(refusals, [])
  })

  test('Allow leads on in one go when Entra asks nothing', async () => {
    await using window = await openWindow()
    const { page, refusals } = window
    await page.goto(await address({ login_hint: alice.upn }))
    await page.getByRole('button', { name: 'Allow' }).click()
    assert.ok((await back(page)).get('code'))
    assert.deepEqual(refusals, [])
  })

  test('Deny leads back to the client with a no', async () => {
    await using window = await openWindow()
    const { page, refusals } = window
    await page.goto(await address())
    await page.getByRole('button', { name: 'Deny' }).click()
    assert.equal((await back(page)).get('error'), 'access_denied')
    assert.deepEqual(refusals, [])
  })

  test('a permission can be withdrawn on the same page', async () => {
    await using window = await openWindow()
    const { page } = window
    const url = await address({ login_hint: alice.upn })
    await page.goto(url)
    await page.getByRole('button', { name: 'Allow' }).click()
    await back(page)
    await page.goto(`${url}&prompt=consent`)
    await page.getByRole('button', { name: 'Forget that I allowed this' }).click()
    assert.equal((await back(page)).get('error'), 'access_denied')
    await page.goto(url)
    await page.getByRole('button', { name: 'Allow' }).waitFor()
  })

  for (const [keys, button] of [
    [1, 'Allow'],
    [2, 'Deny'],
  ] as const) {
    test(`by keyboard: Tab ${keys} times is ${button}, is seen, and Enter presses it`, async () => {
      await using window = await openWindow()
      const { page } = window
      await page.goto(await address({ login_hint: alice.upn }))
      for (let pressed = 0; pressed < keys; pressed += 1) await page.keyboard.press('Tab')
      const focused = z.tuple([z.string(), z.string()])
      const [text, outline] = focused.parse(
        await page.evaluate(
          '[document.activeElement.textContent, getComputedStyle(document.activeElement).outlineStyle]',
        ),
      )
      assert.deepEqual([text, outline], [button, 'solid'])
      await page.keyboard.press('Enter')
      assert.equal((await back(page)).has(button === 'Allow' ? 'code' : 'error'), true)
    })
  }

  for (const button of ['Allow', 'Deny']) {
    test(`${button} leads to a client at [::1], which a policy cannot name`, async () => {
      await using window = await openWindow()
      const { page, refusals } = window
      const uri = redirectUri.replace('127.0.0.1', '[::1]')
      await page.goto(await address({ login_hint: alice.upn, redirect_uri: uri }))
      await page.getByRole('button', { name: button }).click()
      await page.waitForURL(`${uri}?**`)
      assert.deepEqual(refusals, [])
    })
  }

  test('an application with links of its own is opened, and no policy stops that', async () => {
    await using window = await openWindow()
    const { page, refusals } = window
    const uri = 'cursor://anysphere.cursor-mcp/oauth/callback'
    await page.goto(await address({ login_hint: alice.upn, redirect_uri: uri }))
    const answered = page.waitForResponse(/\/oauth\/callback\?/)
    await page.getByRole('button', { name: 'Allow' }).click()
    const location = (await (await answered).allHeaders()).location ?? ''
    assert.ok(location.startsWith(`${uri}?code=`))
    assert.deepEqual(refusals, [])
  })

  test('another page cannot frame it', async () => {
    await using window = await openWindow()
    const { page } = window
    await page.goto(redirectUri)
    const url = await address()
    await page.setContent(`<iframe src="${url.replaceAll('&', '&amp;')}"></iframe>`)
    await page.frameLocator('iframe').locator('body').waitFor({ state: 'attached' })
    assert.equal(
      await page.frameLocator('iframe').getByRole('button', { name: 'Allow' }).count(),
      0,
    )
  })
})
