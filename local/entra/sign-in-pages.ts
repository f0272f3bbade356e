/**
 * The pages of a sign-in: pick an account, approve, consent, error. Each answer is a POST of the request's own
 * parameters and the pressed button's to the same URL.
 */
import { html } from 'hono/html'
import type { AppRegistration, Scope, User } from '../seed.ts'
import type { Consent } from './consent.ts'
import { type Html, hiddenFields, page } from './html.ts'

/** The scopes of one resource that an administrator would grant to all users. */
export type Wanted = { resource: AppRegistration; scopes: Scope[] }

type Fields = (readonly [name: string, value: string])[]

/** Choosing a person repeats the request with `login_hint`. */
export function pickUserPage(view: {
  client: AppRegistration
  users: User[]
  fields: Fields
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

/** Stands in for a second factor: pressing the button counts as one. */
export function approvalPage(view: {
  client: AppRegistration
  user: User
  fields: Fields
}): Promise<Response> {
  const { client, user, fields } = view
  return page(
    'Approve this sign-in',
    html`<p class="quiet">${user.upn}</p>
<p>Your organization wants to be sure that it is you who signs in to <strong>${client.name}</strong>.</p>
<form method="post">
${hiddenFields(fields)}
<button name="mfa" value="approve">Approve</button>
<button name="mfa" value="deny">It is not me</button>
</form>`,
    { narrow: true },
  )
}

/** Lists the requested scopes, and marks those already granted. */
export function consentPage(view: {
  client: AppRegistration
  resource: AppRegistration
  user: User
  consent: Consent
  fields: Fields
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
${decisionForm(fields, 'Accept')}`,
    { narrow: true },
  )
}

/** Lists the scopes of every resource that would be granted to all users. */
export function adminConsentPage(view: {
  client: AppRegistration
  wanted: Wanted[]
  fields: Fields
}): Promise<Response> {
  const { client, wanted, fields } = view
  return page(
    'Permissions requested: review for your organization',
    html`${wanted.map(
      ({ resource, scopes }) =>
        html`<p><strong>${client.name}</strong> would like to use <strong>${resource.name}</strong> for everyone:</p>
<ul>
${scopes.map(({ value, description }) => html`<li>${description} <code>${value}</code></li>`)}
</ul>`,
    )}
${decisionForm(fields, 'Approve as administrator')}`,
    { narrow: true },
  )
}

/** For errors that cannot go to the client, since its redirect URI is not verified. */
export function errorPage(description: string): Promise<Response> {
  return page(
    'Sign in',
    html`<p>Sorry, but we’re having trouble signing you in.</p>
<p>${description}</p>`,
    { status: 400, narrow: true },
  )
}

function decisionForm(fields: Fields, yes: string): Html {
  return html`<form method="post">
${hiddenFields(fields)}
<button name="decision" value="accept">${yes}</button>
<button name="decision" value="decline">Cancel</button>
</form>`
}
