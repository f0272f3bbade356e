/**
 * The frame of every page: plain HTML without script, readable in light and dark. hono/html escapes what is put
 * into it.
 */
import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'

export type Html = ReturnType<typeof html>

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
main.narrow { max-width: 28rem; margin: 4rem auto }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto }
th, td { text-align: left; vertical-align: top; padding: .25rem 1rem .25rem 0 }
th { font-weight: 600 } td { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
button { font: inherit; padding: .5rem 1rem; margin: .25rem .5rem .25rem 0; cursor: pointer }
button.wide { display: block; width: 100%; text-align: left }
.quiet { opacity: .7 } code { font-size: .9em; overflow-wrap: anywhere }
`
const styleHash = createHash('sha256').update(style).digest('base64')

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
<title>${title}</title>
<style>${raw(style)}</style>
</head>
<body><main class="${narrow ? 'narrow' : ''}"><h1>${title}</h1>${body}</main></body>
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

/** The request's parameters, carried on by a form. */
export function hiddenFields(fields: (readonly [name: string, value: string])[]): Html[] {
  return fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)
}
