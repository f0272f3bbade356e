/** The page at `/`: who and what exists in this tenant, and what was asked of it lately. */
import { html } from 'hono/html'
import type { Admin } from './admin.ts'
import { type Html, page } from './html.ts'
import type { Tenant } from './tenant.ts'

const shownRequests = 50

export function overviewPage({ tenantId, issuer, directory }: Tenant, admin: Admin) {
  const state = admin.state()
  const nameOf = (id: string) =>
    directory.app(id)?.name ?? directory.user(id)?.upn ?? (id || undefined)
  const validFrom = (oid: string) => {
    const seconds = state.revocations.find(({ user }) => user === oid)?.validFrom
    return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString()
  }
  return page(
    'Entra emulator',
    html`<p>Tenant <code>${tenantId}</code>, issuer <code>${issuer}</code>, time ${state.time}.
Signing key <code>${state.keys[0] ?? ''}</code>, ${state.keys.length} published.</p>
${section(
  'Users',
  ['Name', 'Sign-in name', 'Object id', 'State', 'May consent', 'Sessions valid from'],
  state.users.map(({ name, upn, oid, enabled, mayConsent }) => [
    name,
    upn,
    oid,
    enabled ? 'enabled' : 'disabled',
    state.userConsent && mayConsent ? 'yes' : 'no',
    validFrom(oid),
  ]),
)}
${section(
  'Apps',
  ['Name', 'Client id', 'Identifier URIs', 'Scopes', 'App roles', 'Tokens'],
  state.apps.map((app) => [
    app.name,
    app.clientId,
    app.identifierUris.join(' '),
    app.scopes.map(({ value, adminOnly }) => value + (adminOnly ? ' (admin)' : '')).join(', '),
    app.appRoles.join(', '),
    `v${app.accessTokenVersion}`,
  ]),
)}
${section(
  'Grants',
  ['Client', 'Resource', 'Scopes', 'For'],
  state.grants.map(({ client, resource, scopes, user }) => [
    nameOf(client),
    nameOf(resource),
    scopes.join(', '),
    nameOf(user),
  ]),
)}
${section(
  'App roles held',
  ['By', 'Resource', 'Role'],
  [
    ...state.roleAssignments.map(({ user, ...held }) => ({ by: user, ...held })),
    ...state.applicationRoles.map(({ client, ...held }) => ({ by: client, ...held })),
  ].map(({ by, resource, role }) => [nameOf(by), nameOf(resource), role]),
)}
${section(
  'Conditional Access',
  ['Policy', 'Resource', 'For', 'Requires'],
  state.policies.map(({ id, resource, users, require }) => [
    id,
    nameOf(resource),
    users === 'everyone' ? users : users.map(nameOf).join(', '),
    require,
  ]),
)}
${section(
  'Authentication contexts',
  ['Id', 'Name', 'Requires'],
  state.authenticationContexts.map(({ id, name, require }) => [id, name, require]),
)}
${section(
  'Recent requests',
  ['Time', 'Kind', 'Client', 'User', 'Scope', 'Status', 'Error'],
  admin
    .requests()
    .slice(-shownRequests)
    .reverse()
    .map(({ time, kind, clientId, user, scope, status, error }) => [
      time,
      kind,
      nameOf(clientId ?? ''),
      nameOf(user ?? ''),
      scope,
      String(status),
      error === undefined ? '' : `AADSTS${error}`,
    ]),
)}`,
  )
}

function section(title: string, columns: string[], rows: (string | undefined)[][]): Html {
  return html`<h2>${title}</h2>
<table>
<tr>${columns.map((column) => html`<th>${column}</th>`)}</tr>
${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell ?? ''}</td>`)}</tr>`)}
</table>`
}
