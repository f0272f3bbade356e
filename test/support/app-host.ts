/** The page of test/browser/host-page on a port of its own, and one tool's result shown in it. */
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { listen } from '../../local/host/listen.ts'

const source = (name: string) =>
  fileURLToPath(new URL(`../browser/host-page/${name}`, import.meta.url))

/** Its policy is what a host demands of a page that names no origins (MCP Apps, "Content Security Policy"). */
const policy = (endpoints: string) =>
  [
    "default-src 'none'",
    "script-src 'self' 'unsafe-inline'",
    "style-src 'self' 'unsafe-inline'",
    `connect-src ${endpoints}`,
  ].join('; ')

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A client</title>
<link rel="stylesheet" href="/style.css">
<main>
<h1 hidden>A client</h1>
<p id="question"></p>
<p id="called">Used <code id="tool"></code></p>
<div id="view"></div>
</main>
<script type="module" src="/main.js"></script>
</html>`

export type AppHost = Awaited<ReturnType<typeof startAppHost>>

/** @param endpoints the origin of the servers that it connects to */
export async function startAppHost(endpoints: string) {
  const { outputFiles } = await build({
    entryPoints: [source('main.ts'), source('style.css')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    write: false,
    outdir: source(''),
  })
  const files = new Map([
    ['/', { type: 'text/html', body: html }],
    ...outputFiles.map(({ path, text }): [string, { type: string; body: string }] => {
      const name = path.slice(path.lastIndexOf('/'))
      return [name, { type: name.endsWith('.js') ? 'text/javascript' : 'text/css', body: text }]
    }),
  ])
  const server = createServer(({ url = '' }, response) => {
    const file = files.get(url)
    response.writeHead(file ? 200 : 404, {
      'content-type': file?.type ?? 'text/plain',
      'content-security-policy': policy(endpoints),
    })
    response.end(file?.body)
  })
  const { port, close } = await listen(server, 0)
  return { origin: `http://localhost:${port}`, close }
}

export type Asked = {
  endpoint: string
  token: string
  tool: string
  args: Record<string, unknown>
  theme: 'light' | 'dark'
  locale?: string
  says?: string
  without?: 'tools' | 'structured content'
}

/** @returns the tool's result, as the client got it */
export const showIn = (page: Page, asked: Asked): Promise<unknown> =>
  page.evaluate(`show(${JSON.stringify(asked)})`)
