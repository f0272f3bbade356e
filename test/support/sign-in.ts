/**
 * A browser and the person before it, as far as the Entra emulator's pages need one: picks the account, approves the
 * sign-in, accepts the consent. As a program it is what `BROWSER` names for a command-line client:
 * `BROWSER="node test/support/sign-in.ts"`, with `SIGN_IN_AS=bob@contoso.example` for another than alice.
 */
import { alice } from '../../local/seed.ts'
import { eventually } from './eventually.ts'

/**
 * @param authorizeUrl the authorization request, as a client makes it
 * @param cookies what the browser keeps; its own each time unless given
 * @returns where the browser is sent at the end: the client's redirect URI with `code`, or with `error`
 */
export async function signIn(
  authorizeUrl: URL,
  upn: string,
  cookies = new Cookies(),
): Promise<URL> {
  const start = new URL(authorizeUrl)
  start.searchParams.set('login_hint', upn)
  const back = new URL(start.searchParams.get('redirect_uri') ?? start)
  const isBack = (url: URL) => url.origin === back.origin && url.pathname === back.pathname
  let url = start
  let shown = await cookies.fetch(url)
  for (;;) {
    const location = shown.headers.get('location')
    if (location !== null) {
      url = new URL(location, url)
      if (isBack(url)) return url
      shown = await cookies.fetch(url)
      continue
    }
    const page = await shown.text()
    if (!shown.ok) throw new Error(`The sign-in ended on a page (HTTP ${shown.status}): ${page}`)
    url = new URL(actionOf(page) ?? url, url)
    shown = await cookies.fetch(url, pressed(page))
  }
}

/** A browser's, of one name and origin each. */
export class Cookies {
  readonly #kept = new Map<string, string>()
  readonly #send: typeof fetch

  /** @param send what requests go through */
  constructor(send = fetch) {
    this.#send = send
  }

  /** GET, or POST of a form. */
  async fetch(url: URL, form?: URLSearchParams): Promise<Response> {
    const own = [...this.#kept].filter(([key]) => key.startsWith(`${url.origin} `))
    const headers = { cookie: own.map(([, pair]) => pair).join('; '), origin: url.origin }
    const response = await this.#send(url, {
      redirect: 'manual',
      headers,
      ...(form && { method: 'POST', body: form }),
    })
    for (const set of response.headers.getSetCookie()) {
      const pair = set.split(';')[0] ?? ''
      this.#kept.set(`${url.origin} ${pair.split('=')[0]}`, pair)
    }
    return response
  }
}

const actionOf = (page: string) => /<form [^>]*\baction="([^"]*)"/.exec(page)?.[1]

/** The form of a page, sent by its first button: the one that says yes. */
function pressed(page: string): URLSearchParams {
  const form = hiddenFields(page)
  const [, name, value] =
    /<button (?:class="[^"]*" )?name="([^"]*)" value="([^"]*)"/.exec(page) ?? []
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
  const back = await signIn(new URL(address), upn)
  // Some clients open the browser first and listen then: a person takes longer than we do.
  await eventually(() => fetch(back).then(() => true))
}
