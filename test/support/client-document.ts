/**
 * A client's metadata document (CIMD) where only the network's far side is ours: `client.example` resolves to a public
 * address, and the connection that should go there reaches an https server on loopback.
 */
import { createServer } from 'node:https'
import { buildConnector } from 'undici'
import { listen } from '../../local/host/listen.ts'
import { localCertificates } from '../../local/https/certificates.ts'
import { type AppRegistration, blankApp } from '../../local/seed.ts'
import { type PublicGet, publicGet } from '../../shared/oauth/public-get.ts'

export const documentUrl = 'https://client.example/oauth/client.json'

/** As the clients of support/tried-clients.ts come back: on loopback, any port (RFC 8252 §7.3). */
const document = {
  client_id: documentUrl,
  client_name: 'Client with a document',
  redirect_uris: ['localhost', '127.0.0.1'].flatMap((host) =>
    ['/callback', '/oauth/callback'].map((path) => `http://${host}${path}`),
  ),
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
}

/** The same client, as Entra keeps one whose document it has read. */
export const documentClient: AppRegistration = {
  ...blankApp,
  clientId: 'f0000000-0000-4000-8000-00000000000d',
  name: document.client_name,
  publicClient: true,
  redirectUris: document.redirect_uris,
  documentUrl,
}

const publicAddress = '93.184.215.14'
const loopback = { address: '127.0.0.1', family: 4 }

export async function serveClientDocument(): Promise<{
  /** The product's own, checks and all. */
  get: PublicGet
  /** How often the document was fetched. */
  fetched: () => number
  close: () => Promise<void>
}> {
  const { authority, certificate, key } = localCertificates()
  let fetched = 0
  const server = createServer({ cert: certificate, key }, (_request, response) => {
    fetched += 1
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document))
  })
  const { port, close } = await listen(server, 0)
  return {
    get: publicGet({
      resolve: async () => [publicAddress],
      // What was looked up is checked as always; then the connection goes to loopback.
      dial: (checked) => {
        const connect = buildConnector({
          ca: authority,
          lookup: (name, options, callback) =>
            checked(name, { ...options, all: true }, (error) => {
              if (error) return callback(error, '', 0)
              if (options.all) return callback(null, [loopback])
              return callback(null, loopback.address, loopback.family)
            }),
        })
        return (options, callback) =>
          connect({ ...options, port: String(port), servername: 'localhost' }, callback)
      },
    }),
    fetched: () => fetched,
    close,
  }
}
