/**
 * A browser and the person before it, as far as the Entra emulator's pages need one: picks the account, accepts the
 * consent form. As a program it is what `BROWSER` names for a command-line client:
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
  const first = await fetch(url, { redirect: 'manual' })
  if (first.status === 302) return locationOf(first)
  const form = hiddenFields(await first.text())
  form.set('decision', 'accept')
  return locationOf(await fetch(url, { method: 'POST', body: form, redirect: 'manual' }))
}

function locationOf(response: Response): URL {
  const location = response.headers.get('location')
  if (!location) throw new Error(`The sign-in ended on a page (HTTP ${response.status}).`)
  return new URL(location)
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
