/** Which redirect URIs an app registration allows. */

/** Compared whole; only the port of a loopback http URI is free (RFC 8252 §7.3). */
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
