/**
 * A page for a person: complete in one response, without script, external resources or referrer. The caller writes the
 * text.
 */
import { hash } from 'node:crypto'
import { Html, html } from './html.ts'

/** `html.ts` escapes every text. The Content-Security-Policy allows our style and the given form targets only. */
export function page(content: {
  status: number
  title: string
  paragraphs?: readonly string[]
  /** Follows the paragraphs. */
  body?: Html
  /** Targets of a form on the page, redirects included (CSP 3 §6.4.1, `form-action`, as source expressions). */
  formAction?: readonly string[]
}): Response {
  const { status, title, paragraphs = [], body = html``, formAction = [] } = content
  const { text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${paragraphs.map((paragraph) => html`<p>${paragraph}</p>`)}
${body}
</main>
</body>
</html>
`
  return new Response(text, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': [
        "default-src 'none'",
        `style-src 'sha256-${styleHash}'`,
        "base-uri 'none'",
        `form-action ${formAction.join(' ') || "'none'"}`,
        "frame-ancestors 'none'",
      ].join('; '),
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    },
  })
}

const style = new Html(`
:root { color-scheme: light dark; font: 1.125rem/1.6 system-ui, sans-serif; --line: #8888; --accent: #0b57d0; --on-accent: #fff }
@media (prefers-color-scheme: dark) { :root { --accent: #a8c7fa; --on-accent: #062e6f } }
body { margin: 0; background: Canvas; color: CanvasText }
main { max-width: 34rem; margin: 10vh auto; padding: 0 1.25rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.3 }
dl { border: 1px solid var(--line); border-radius: 0.5rem; padding: 0 1rem }
dt { margin-top: 0.75rem }
dt, small { display: block; font-size: 0.875rem; opacity: 0.8 }
dd { margin: 0 0 0.75rem }
form { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1rem; padding: 0.75rem 0; position: sticky; bottom: 0; background: Canvas; border-top: 1px solid var(--line) }
form p { flex-basis: 100%; margin: 0 }
button { font: inherit; min-height: 2.75rem; padding: 0 1.5rem; border-radius: 0.5rem; border: 1px solid var(--line); background: none; color: inherit; cursor: pointer }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600 }
button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px }
a { color: var(--accent) }
h2 { font-size: 1.2rem; margin: 2rem 0 0.5rem }
h3 { font-size: 1rem; margin: 0 }
h2 a { color: inherit }
ul.plain { list-style: none; padding: 0 }
ul.plain li { border-top: 1px solid var(--line); padding: 1rem 0 }
ul.plain li > :first-child { margin-top: 0 }
ul.plain p { margin: 0.25rem 0 }
.quiet { font-size: 0.9rem }
dd .quiet { display: block; margin-top: 0.5rem }
code { display: block; font: 0.85rem/1.5 ui-monospace, monospace; white-space: pre-wrap; user-select: all; border: 1px solid var(--line); border-radius: 0.375rem; padding: 0.375rem 0.625rem; margin: 0.375rem 0 }
code.word { display: inline; border: 0; padding: 0; font-size: 0.9em }
.links { display: flex; flex-wrap: wrap; gap: 0.75rem }
a.button { display: inline-flex; align-items: center; min-height: 2.75rem; padding: 0 1.5rem; border-radius: 0.5rem; background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none }
@media (max-width: 30rem) {
:root { font-size: 1rem }
main { margin: 1.25rem auto }
}
`)

const styleHash = hash('sha256', style.text, 'base64')
