/** Which redirect URIs an app registration allows. */

/** Compares whole URIs, except the port of a loopback http URI (RFC 8252 §7.3). */
export function isRegistered(redirectUri: string, registered: string[]): boolean {
  const asked = comparable(redirectUri)
  return asked !== undefined && registered.some((each) => comparable(each) === asked)
}

function comparable(uri: string): string | undefined {
  const url = URL.parse(uri)
  if (!url) return undefined
  if (url.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname)) url.port = ''
  return url.href
}
