/**
 * The MCP Inspector's web page in a real browser, behind the face of support/tried-clients.ts. A person presses what
 * there is to press on the way to a tool's result: the Inspector's switch and buttons, our page, Entra's pages.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Browser, Locator, Page } from 'playwright-core'
import { freePort } from '../../local/ports.ts'
import { home, program, type StartClient } from './tried-clients.ts'

/** Milliseconds for a tool's result, all pages included. */
const patience = 20_000

export const inspectorPage =
  (browser: Browser): StartClient =>
  async ({ endpoint, upn }) => {
    const at = await home(upn)
    const inspector = await serve(endpoint, at)
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(inspector.url)
    const shown = async (selector: string) => (await page.locator(selector).textContent()) ?? ''
    return {
      async call(tool, args = {}) {
        const result = page.getByRole('heading', { name: 'Results' })
        // The previous call has left it open.
        for (const name of ['Close results', tool]) {
          const left = page.getByRole('button', { name })
          if (await left.isVisible()) await left.click()
        }
        const steps = stepsTo(page, { upn, tool, args })
        const end = Date.now() + patience
        while (!(await result.isVisible())) {
          if (Date.now() > end) return { ok: false, text: await shown('body') }
          await press(steps)
        }
        const structured = page.getByRole('heading', { name: 'Structured Output' })
        return { ok: await structured.isVisible(), text: await shown('main') }
      },
      async expire() {
        await at.expire('secrets.json')
        // The page keeps the token for as long as it is open.
        await page.goto(inspector.url)
      },
      async [Symbol.asyncDispose]() {
        await context.close()
        await inspector.stop()
        await at[Symbol.asyncDispose]()
      },
    }
  }

type Step = { seen: Locator; take: () => Promise<unknown> }

/** Takes the first that is there; with none, the last click is still under way. */
async function press(steps: readonly Step[]): Promise<void> {
  for (const { seen, take } of steps) {
    if (await seen.isVisible()) {
      // Gone meanwhile, with the page that it was on: looked for again.
      await take().catch(() => {})
      return
    }
  }
}

function stepsTo(
  page: Page,
  { upn, tool, args }: { upn: string; tool: string; args: Record<string, string> },
): Step[] {
  const button = (name: string, exact = true) => page.getByRole('button', { name, exact })
  const click = (seen: Locator): Step => ({ seen, take: () => seen.click({ timeout: 2_000 }) })
  const execute = button('Execute Tool')
  const connect = page.getByRole('switch', { name: /^Connect or disconnect/, checked: false })
  return [
    click(button('Allow')),
    click(button(upn, false)),
    click(button('Approve')),
    click(button('Accept')),
    click(page.getByRole('dialog').getByRole('button', { name: 'Authorize' })),
    {
      seen: execute,
      async take() {
        for (const [name, value] of Object.entries(args)) {
          await page.getByRole('textbox', { name, exact: true }).fill(value)
        }
        await execute.click({ timeout: 2_000 })
        await execute.waitFor({ state: 'hidden', timeout: 2_000 })
      },
    },
    click(button(tool, false)),
    { seen: connect, take: () => connect.click({ force: true, timeout: 2_000 }) },
    click(page.getByText('Tools', { exact: true })),
  ]
}

/** The Inspector's server, on free ports. */
async function serve(endpoint: string, { cwd, env }: Awaited<ReturnType<typeof home>>) {
  const [port, sandbox, apps] = [await freePort(), await freePort(), await freePort()]
  const child = spawn(
    process.execPath,
    [
      program('@modelcontextprotocol/inspector/clients/launcher/build/index.js'),
      ...['--web', '--server-url', endpoint, '--transport', 'http'],
    ],
    {
      cwd,
      env: {
        ...env,
        CLIENT_PORT: String(port),
        MCP_SANDBOX_PORT: String(sandbox),
        MCP_APP_ORIGIN_PORT: String(apps),
        DANGEROUSLY_OMIT_AUTH: 'true',
        MCP_AUTO_OPEN_ENABLED: 'false',
        MCP_INSPECTOR_SECRET_STORE: 'file',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const exited = once(child, 'exit')
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('The Inspector did not start')))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [found] = /http:\/\/127\.0\.0\.1:\d+(?=\/?$)/.exec(line) ?? []
      if (found) resolve(found)
    })
  })
  return {
    url,
    async stop() {
      child.kill()
      await exited
    },
  }
}
