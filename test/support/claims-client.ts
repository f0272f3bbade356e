/** An OAuth provider that can answer a claims challenge; docs/claims-challenge.md shows this class. */
import { Person } from './mcp-clients.ts'

export class ClaimsCapablePerson extends Person {
  /** What Entra has required so far, as the `access_token` part of a claims request. */
  #required: object = {}

  /** To be given to the transport: sees each answer before the client does. */
  override readonly fetch: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    const challenge = response.headers.get('www-authenticate') ?? ''
    const [, claims] = /error="insufficient_claims".* claims="([^"]+)"/.exec(challenge) ?? []
    if (claims !== undefined) {
      const { access_token } = JSON.parse(Buffer.from(claims, 'base64').toString())
      this.#required = { ...this.#required, ...access_token }
      // A refresh would renew the sign-in that was not enough; without its token the client starts a new one.
      delete this.held?.refresh_token
    }
    return response
  }

  override redirectToAuthorization(asked: URL): Promise<void> {
    const url = new URL(asked)
    const access_token = { ...this.#required, xms_cc: { values: ['cp1'] } }
    url.searchParams.set('claims', JSON.stringify({ access_token }))
    return super.redirectToAuthorization(url)
  }
}
