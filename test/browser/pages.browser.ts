/**
 * Every page that a person may see here, in a real browser: small and large screens, light and dark. axe finds nothing
 * against it, nothing runs, nothing is fetched from elsewhere. With UPDATE_SCREENSHOTS=1 it updates the pictures in
 * docs/screenshots.
 */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import type { Browser } from 'playwright-core'
import * as z from 'zod'
import { clients } from '../../local/seed.ts'
import { launchChromium, withoutChromium } from '../support/chromium.ts'
import { authorizeUrl, type HostedProduct, startHostedProduct } from '../support/hosted-product.ts'
import { oauthSettings } from '../support/oauth.ts'

const widths = [320, 375, 1280]
const schemes = ['light', 'dark'] as const

suite('pages in a browser', { skip: withoutChromium, timeout: 180_000 }, () => {
  let host: HostedProduct
  let browser: Browser
  before(async () => {
    host = await startHostedProduct(oauthSettings)
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    await host?.close()
  })

  const entraAddress = () =>
    `${host.entra.origin}/${host.entra.tenantId}/oauth2/v2.0/authorize?${new URLSearchParams({
      ...{ client_id: clients.public.clientId, redirect_uri: 'http://127.0.0.1:9/callback' },
      ...{ response_type: 'code', scope: `${host.endpoint}/cost.read` },
      ...{ code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' },
    })}`

  const pages: [name: string, url: () => string | Promise<string>, picture: boolean][] = [
    ['start', () => `${host.origin}/`, false],
    ['endpoint', () => host.endpoint, true],
    ['directory', () => `${host.origin}/mcp/directory`, false],
    ['consent', () => `${host.origin}/consent/callback?error=access_denied`, false],
    ['consent-expired', () => `${host.origin}/consent/callback?code=x&state=x`, false],
    ['oauth-consent', () => authorizeUrl(host), false],
    ['emulator', () => `${host.entra.origin}/`, false],
    ['emulator-sign-in', entraAddress, false],
    ['oauth-mistake', () => `${host.origin}/oauth/authorize`, false],
  ]
  const seenOf = `({
    scrolls: document.documentElement.scrollWidth > innerWidth,
    scripts: document.scripts.length,
    small: [...document.querySelectorAll('a.button, button')].filter((it) => it.offsetHeight < 44).length,
  })`
  const violations = z.object({
    violations: z.array(
      z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) }),
    ),
  })

  for (const [name, url, picture] of pages) {
    for (const colorScheme of schemes) {
      test(`${name}, ${colorScheme}: fits, runs nothing, axe finds nothing`, async () => {
        const address = await url()
        for (const width of widths) {
          const context = await browser.newContext({
            viewport: { width, height: 800 },
            colorScheme,
          })
          const page = await context.newPage()
          const asked: string[] = []
          page.on('request', (request) => asked.push(request.url()))
          await page.goto(address)
          assert.deepEqual(await page.evaluate(seenOf), { scrolls: false, scripts: 0, small: 0 })
          assert.deepEqual(asked, [address])
          await page.evaluate(axe.source)
          const found = violations.parse(await page.evaluate('axe.run()')).violations
          assert.deepEqual(found, [], `${width} px`)
          const isShown = picture && (width === 375 || (width === 1280 && colorScheme === 'dark'))
          if (process.env.UPDATE_SCREENSHOTS === '1' && isShown) {
            const file = `../../docs/screenshots/${name}-${width}-${colorScheme}.png`
            await page.screenshot({ path: fileURLToPath(new URL(file, import.meta.url)) })
          }
          if (process.env.LOOK) {
            const path = `${process.env.LOOK}/${name}-${width}-${colorScheme}.png`
            await page.screenshot({ path, fullPage: true })
          }
          await context.close()
        }
      })
    }
  }

  test('the start page leads to an endpoint, and a click selects a line to copy', async () => {
    const context = await browser.newContext({ viewport: { width: 375, height: 800 } })
    const page = await context.newPage()
    await page.goto(`${host.origin}/`)
    await page.getByRole('link', { name: 'Azure costs' }).click()
    assert.equal(page.url(), host.endpoint)
    const line = page.getByText(/^claude mcp add/)
    await line.click()
    assert.equal(
      await page.evaluate('getSelection().toString().trim()'),
      `claude mcp add --transport http cost ${host.endpoint}`,
    )
    await context.close()
  })
})
