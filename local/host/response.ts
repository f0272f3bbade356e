/** Writes a function's response like the Functions host in classic mode: the whole body, chunked. */
import type { ServerResponse } from 'node:http'
import type { RpcCookie, RpcResponse } from './rpc.ts'

/** Ends the response. */
export function writeResponse(outgoing: ServerResponse, response: RpcResponse): void {
  outgoing.statusCode = Number(response.statusCode)
  for (const [name, value] of Object.entries(response.headers)) outgoing.setHeader(name, value)
  for (const cookie of response.cookies) outgoing.appendHeader('set-cookie', serialize(cookie))
  const bytes = response.body?.bytes
  // Not passed to `end`, which would add a content-length that the host does not send.
  if (bytes?.byteLength) outgoing.write(bytes)
  outgoing.end()
}

/** RFC 6265 §4.1, with the defaults of ASP.NET Core: escaped value, `path=/`. */
function serialize({ name = '', value = '', ...cookie }: RpcCookie): string {
  const expires = cookie.expires && new Date(cookie.expires.value.seconds * 1000).toUTCString()
  const sameSite = cookie.sameSite === 'explicitNone' ? 'none' : cookie.sameSite
  return [
    `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
    expires && `expires=${expires}`,
    cookie.maxAge && `max-age=${cookie.maxAge.value}`,
    cookie.domain && `domain=${cookie.domain.value}`,
    `path=${cookie.path?.value ?? '/'}`,
    cookie.secure?.value && 'secure',
    cookie.sameSite !== 'none' && sameSite && `samesite=${sameSite}`,
    cookie.httpOnly?.value && 'httponly',
  ]
    .filter(Boolean)
    .join('; ')
}
