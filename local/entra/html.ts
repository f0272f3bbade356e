/** The layout of every page: plain HTML without script, in light and dark. hono/html escapes inserted values. */
import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'

export type Html = ReturnType<typeof html>

// Looks like the app's own pages (shared/http/page.ts), but shares no code with them.
const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; --line: #8888; --accent: #0b57d0 }
@media (prefers-color-scheme: dark) { :root { --accent: #a8c7fa } }
body { margin: 0; background: Canvas; color: CanvasText; overflow-wrap: anywhere }
.banner { margin: 0; padding: .5rem 1rem; border-bottom: 1px solid var(--line); font-size: .9rem; text-align: center }
main { max-width: 76rem; margin: 2rem auto; padding: 0 1.25rem }
main.narrow { max-width: 28rem; margin: 4rem auto }
h1 { font-size: 1.5rem; line-height: 1.3 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
a { color: var(--accent) }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1.5rem 0 }
nav a { padding: .5rem 0 }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
th, td { min-width: 5.5rem; text-align: left; vertical-align: top; padding: .375rem .75rem .375rem 0 }
th { font-weight: 600 } td { border-top: 1px solid var(--line) }
form { display: inline-block }
form.fields { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; margin: 1rem 0 }
label { display: grid; gap: .25rem; font-size: .9rem; min-width: 0; max-width: 100% }
select, label input { font: inherit; min-height: 2.75rem; width: 100%; box-sizing: border-box }
button { font: inherit; min-height: 2.75rem; padding: .25rem 1rem; margin: .25rem .5rem .25rem 0; border-radius: .5rem; border: 1px solid var(--line); background: none; color: inherit; cursor: pointer }
td button { white-space: nowrap }
form.fields button { margin: 0 }
button.wide { display: block; width: 100%; text-align: left }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.quiet { font-size: .9em } code { font-size: .9em }
@media (max-width: 64rem) {
  table, tbody { display: block } thead { display: none } tr { display: block; border-top: 1px solid var(--line); padding: .5rem 0 }
  td { display: block; border: 0; padding: .125rem 0 } td:empty { display: none }
  td::before { content: attr(data-column) ": "; font-weight: 600 }
}
`
const styleHash = createHash('sha256').update(style).digest('base64')

/** A whole page. `body` is trusted: make it with hono/html. */
export async function page(
  title: string,
  body: Html,
  { status = 200, narrow = false }: { status?: number; narrow?: boolean } = {},
): Promise<Response> {
  const document = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} (local emulator)</title>
<style>${raw(style)}</style>
</head>
<body><header class="banner">This is a local emulator of Microsoft Entra, for development. Nothing here is real.</header><main class="${narrow ? 'narrow' : ''}"><h1>${title}</h1>${body}</main></body>
</html>`
  return new Response(document.toString(), {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      // No form-action: browsers apply it to the redirect that follows a form as well.
      'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; frame-ancestors 'none'`,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
    },
  })
}

/** Parameters of the request that a form sends again. */
export function hiddenFields(fields: (readonly [name: string, value: string])[]): Html[] {
  return fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)
}
