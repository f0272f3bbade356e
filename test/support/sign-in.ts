/**
 * A browser and the person before it, as far as the Entra emulator's pages need one: picks the account, approves the
 * sign-in, accepts the consent. As a program it is what `BROWSER` names for a command-line client:
 * `BROWSER="node test/support/sign-in.ts"`, with `SIGN_IN_AS=bob@contoso.example` for another than alice.
 */
import { alice } from '../../local/seed.ts'

/**
 * @param authorizeUrl the authorization request, as a client makes it
 * @returns where the browser is sent at the end: the client's redirect URI with `code`, or with `error`
 */
export async function signIn(authorizeUrl: URL, upn: string): Promise<URL> {
  const url = new URL(authorizeUrl)
  url.searchParams.set('login_hint', upn)
  let shown = await fetch(url, { redirect: 'manual' })
  for (;;) {
    const location = shown.headers.get('location')
    if (location !== null) return new URL(location)
    if (!shown.ok) throw new Error(`The sign-in ended on a page (HTTP ${shown.status}).`)
    const body = pressed(await shown.text())
    shown = await fetch(url, { method: 'POST', body, redirect: 'manual' })
  }
}

/** The form of a page, sent by its first button: the one that says yes. */
function pressed(page: string): URLSearchParams {
  const form = hiddenFields(page)
  const [, name, value] = /<button name="([^"]*)" value="([^"]*)"/.exec(page) ?? []
  if (name === undefined || value === undefined) throw new Error('The page has no button.')
  if (form.get(name) === value) throw new Error(`The page asks for ${name} again.`)
  form.set(name, value)
  return form
}

function hiddenFields(page: string): URLSearchParams {
  const fields = page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)
  const form = new URLSearchParams()
  for (const [, name = '', value = ''] of fields) form.append(name, plain(value))
  return form
}

const plain = (html: string) =>
  html.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')

if (import.meta.main) {
  const [address = ''] = process.argv.slice(2)
  const { SIGN_IN_AS: upn = alice.upn } = process.env
  await fetch(await signIn(new URL(address), upn))
}
