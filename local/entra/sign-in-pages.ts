/** The three pages a person meets while signing in: who they are, what they consent to, what went wrong. */
import { html } from 'hono/html'
import type { AppRegistration, User } from '../seed.ts'
import type { Consent } from './consent.ts'
import { hiddenFields, page } from './html.ts'

/** Choosing a person repeats the request with `login_hint`. */
export function pickUserPage(view: {
  client: AppRegistration
  users: User[]
  fields: [string, string][]
}): Promise<Response> {
  const { client, users, fields } = view
  return page(
    'Pick an account',
    html`<p>to continue to ${client.name}</p>
<form method="get">
${hiddenFields(fields)}
${users.map(
  ({ upn, name, enabled }) =>
    html`<button class="wide" name="login_hint" value="${upn}">${name} <span class="quiet">${upn}${enabled ? '' : ', disabled'}</span></button>`,
)}
</form>`,
    { narrow: true },
  )
}

/** The answer goes to the same URL as a POST, with `decision` beside the request's own parameters. */
export function consentPage(view: {
  client: AppRegistration
  resource: AppRegistration
  user: User
  consent: Consent
  fields: [string, string][]
}): Promise<Response> {
  const { client, resource, user, consent, fields } = view
  return page(
    'Permissions requested',
    html`<p class="quiet">${user.upn}</p>
<p><strong>${client.name}</strong> would like to use <strong>${resource.name}</strong>:</p>
<ul>
${consent.asked.map(
  (scope) =>
    html`<li>${scope.description} <code>${scope.value}</code>${consent.missing.includes(scope) ? '' : html` <span class="quiet">(already granted)</span>`}</li>`,
)}
</ul>
<form method="post">
${hiddenFields(fields)}
<button name="decision" value="accept">Accept</button>
<button name="decision" value="decline">Cancel</button>
</form>`,
    { narrow: true },
  )
}

/** For errors that cannot go back to the client, since its redirect URI is not proved. */
export function errorPage(description: string): Promise<Response> {
  return page(
    'Sign in',
    html`<p>Sorry, but we’re having trouble signing you in.</p>
<p>${description}</p>`,
    { status: 400, narrow: true },
  )
}
