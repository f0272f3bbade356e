/** The MCP Inspector's web page by the URL alone: what it can do stands in docs/clients.md, beside the others. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { alice, clients, subscriptions } from '../../local/seed.ts'
import { launchChromium, withoutChromium } from '../support/chromium.ts'
import { assertTrial, tryClient } from '../support/client-trials.ts'
import { eventually } from '../support/eventually.ts'
import { type HostedProduct, startHostedProduct } from '../support/hosted-product.ts'
import { inspectorPage } from '../support/inspector-page.ts'
import { oauthSettings } from '../support/oauth.ts'

suite('the Inspector in a browser', { skip: withoutChromium, timeout: 120_000 }, () => {
  let product: HostedProduct
  let browser: Browser
  before(async () => {
    product = await startHostedProduct(oauthSettings)
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    await product?.close()
  })

  test('signs in, calls, refreshes, steps up', async () => {
    const { said, ...seen } = await tryClient(product, {
      start: inspectorPage(browser),
      identity: { by: 'DCR' },
      registration: clients.signIn.clientId,
    })
    const client = '@modelcontextprotocol/inspector, web page'
    assertTrial({ client, by: 'DCR', server: 'on', ...seen }, said)
  })

  test('shows the chart of a tool, and follows a click on it', async () => {
    await using client = await inspectorPage(browser)({
      endpoint: product.endpoint,
      upn: alice.upn,
      identity: { by: 'DCR' },
    })
    assert.ok((await client.call('list_subscriptions')).ok)
    const page = browser.contexts().at(-1)?.pages()[0]
    assert.ok(page)
    await page.setViewportSize({ width: 1400, height: 1200 })
    await page.getByText('Apps', { exact: true }).click()
    await page.getByRole('button', { name: /^cost_by_service \w/ }).click()
    const scope = page.getByRole('textbox', { name: 'scope', exact: true })
    await scope.fill(subscriptions[0]?.id ?? '')
    await page.getByRole('button', { name: 'Open App' }).click()
    const view = page.frameLocator('iframe').frameLocator('iframe')
    await view.getByText('Azure Cost Management').waitFor()
    if (process.env.UPDATE_SCREENSHOTS === '1') {
      // The frame follows what is in it.
      await eventually(async () => {
        const box = await page.locator('iframe').boundingBox()
        assert.ok((box?.height ?? 0) > 600)
      })
      const file = '../../docs/screenshots/chart-inspector-light.png'
      await page.screenshot({
        path: fileURLToPath(new URL(file, import.meta.url)),
        clip: { x: 0, y: 0, width: 960, height: 1040 },
      })
    }
    await view.getByRole('button', { name: 'Storage', exact: true }).click()
    await view.getByRole('heading', { name: 'Costs by resource group' }).waitFor()
  })
})
