/** The MCP Inspector's web page by the URL alone: what it can do stands in docs/clients.md, beside the others. */
import { after, before, suite, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { clients } from '../../local/seed.ts'
import { launchChromium, withoutChromium } from '../support/chromium.ts'
import { assertTrial, tryClient } from '../support/client-trials.ts'
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
})
