/** The page at `/`: state of the tenant and recent refusals first, then its directory with forms to change it. */
import { html } from 'hono/html'
import type { Admin } from './admin.ts'
import { isoTime } from './clock.ts'
import { type Html, hiddenFields, page } from './html.ts'
import type { LoggedRequest } from './request-log.ts'
import type { Tenant } from './tenant.ts'

const shownRequests = 30
const shownRefusals = 5

/** start-forms.ts handles the forms. */
export function overviewPage(tenant: Tenant, admin: Admin): Promise<Response> {
  const state = admin.state()
  const view: View = { tenant, state, requests: admin.requests().toReversed() }
  return page(
    'Microsoft Entra',
    html`${status(view)}
<nav aria-label="On this page">${sections.map(([id, title]) => html`<a href="#${id}">${title}</a>`)}</nav>
${sections.map(([id, title, body]) => html`<section id="${id}"><h2>${title}</h2>${body(view)}</section>`)}`,
  )
}

/** Answers a form that could not be applied. */
export const mistakePage = (mistake: string): Promise<Response> =>
  page('That did not work', html`<p>${mistake}</p><p><a href="/">Back</a></p>`, {
    status: 400,
    narrow: true,
  })

type View = {
  tenant: Tenant
  state: ReturnType<Admin['state']>
  /** Newest first. */
  requests: LoggedRequest[]
}

function status({ tenant, state, requests }: View): Html {
  const refused = requests.filter(({ error, status }) => error !== undefined || status >= 400)
  return html`<p>Tenant <code>${tenant.tenantId}</code>, time ${state.time}. ${
    state.faults.length === 0
      ? 'No faults are ordered.'
      : html`<strong>${state.faults.length} ${state.faults.length === 1 ? 'fault is' : 'faults are'} ordered</strong> (<a href="#faults">see</a>).`
  }</p>
${
  refused.length === 0
    ? html`<p>Nothing was refused lately.</p>`
    : html`<h2>Refused lately</h2>${requestTable(tenant, refused.slice(0, shownRefusals))}`
}`
}

const sections: readonly [id: string, title: string, body: (view: View) => Html][] = [
  ['users', 'Users', users],
  ['policies', 'Conditional Access', policies],
  ['grants', 'Grants', grants],
  ['faults', 'Faults', faults],
  ['clock', 'Clock and keys', clock],
  ['apps', 'Apps and roles', apps],
  [
    'requests',
    'Requests',
    ({ tenant, requests }) => requestTable(tenant, requests.slice(0, shownRequests)),
  ],
]

function users({ state }: View): Html {
  const consent = state.userConsent
  const validFrom = (oid: string) => {
    const seconds = state.revocations.find(({ user }) => user === oid)?.validFrom
    return seconds === undefined ? '' : isoTime(seconds)
  }
  const rows = state.users.map(({ name, upn, oid, enabled, mayConsent }) => [
    name,
    upn,
    oid,
    enabled ? 'enabled' : 'disabled',
    consent && mayConsent ? 'yes' : 'no',
    validFrom(oid),
    html`${button('enable-user', { user: oid, enabled: enabled ? 'no' : 'yes' }, enabled ? 'Disable' : 'Enable')}
${button('end-sessions', { user: oid }, 'End sessions')}`,
  ])
  return html`${table(
    ['Name', 'Sign-in name', 'Object id', 'State', 'May consent', 'Sessions valid from', 'Change'],
    rows,
  )}
${button(
  'let-users-consent',
  { allowed: consent ? 'no' : 'yes' },
  consent ? 'Let administrators alone consent' : 'Let users consent',
)}`
}

function policies(view: View): Html {
  const { tenant, state } = view
  const name = nameIn(tenant)
  return html`${table(
    ['Policy', 'Resource', 'For', 'Requires', 'Change'],
    state.policies.map(({ id, resource, users, require }) => [
      id,
      name(resource),
      users === 'everyone' ? users : users.map(name).join(', '),
      require,
      button('remove-policy', { id }, 'Remove'),
    ]),
  )}
${form(
  'add-policy',
  [
    select('resource', 'Resource', resources(view)),
    select('user', 'For', people(view)),
    select('require', 'Requires', ['mfa', 'compliant_device', 'block'].map(same)),
  ],
  'Add a policy',
)}
${table(
  ['Authentication context', 'Name', 'Requires'],
  state.authenticationContexts.map(({ id, name, require }) => [id, name, require]),
)}`
}

function grants(view: View): Html {
  const { tenant, state } = view
  const name = nameIn(tenant)
  const clients = state.apps.map(({ clientId, name }): Option => [clientId, name])
  return html`${table(
    ['Client', 'Resource', 'Scopes', 'For', 'Change'],
    state.grants.map(({ client, resource, scopes, user }) => [
      name(client),
      name(resource),
      scopes.join(', '),
      name(user),
      button('remove-grant', { client, resource, user }, 'Remove'),
    ]),
  )}
${form(
  'add-grant',
  [
    select('client', 'Client', clients),
    select('resource', 'Resource', resources(view)),
    input('scopes', 'Scopes, short, with spaces between', ''),
    select('user', 'For', people(view)),
  ],
  'Grant',
)}`
}

function faults({ state }: View): Html {
  const rows = state.faults.map(({ on, kind, times, ...rest }) => [
    on,
    'status' in rest ? `${kind} ${rest.status}` : kind,
    times === undefined ? 'until cleared' : String(times),
  ])
  return html`${table(['On', 'What', 'How often'], rows)}
${form(
  'add-fault',
  [
    select('on', 'On', ['token', 'on_behalf_of', 'keys', 'discovery', 'authorize'].map(same)),
    select('trouble', 'What', [
      ['unavailable', '503'],
      ['throttled', '429 with Retry-After: 30'],
      ['reset', 'the connection breaks'],
      ['slow', '3 seconds late'],
    ]),
    input('times', 'How often', '1'),
  ],
  'Order a fault',
)}
${state.faults.length > 0 ? button('clear-faults', {}, 'Clear all') : ''}`
}

function clock({ tenant, state }: View): Html {
  return html`<p>It is ${state.time}. Issuer <code>${tenant.issuer}</code>. Signing key
<code>${state.keys[0] ?? ''}</code>, ${state.keys.length} published.</p>
${form(
  'advance-clock',
  [
    select('seconds', 'Move the clock ahead by', [
      ['300', '5 minutes'],
      ['3600', 'an hour'],
      ['86400', 'a day'],
    ]),
  ],
  'Move',
)}
${button('rotate-keys', {}, 'Rotate the keys')}
${button('start-over', {}, 'Start over: everything as at first')}`
}

function apps({ tenant, state }: View): Html {
  const name = nameIn(tenant)
  const held = [
    ...state.roleAssignments.map(({ user, ...role }) => ({ by: user, ...role })),
    ...state.applicationRoles.map(({ client, ...role }) => ({ by: client, ...role })),
  ]
  return html`${table(
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
${table(
  ['Role held by', 'Resource', 'Role'],
  held.map(({ by, resource, role }) => [name(by), name(resource), role]),
)}`
}

const requestTable = (tenant: Tenant, requests: readonly LoggedRequest[]): Html =>
  table(
    ['Time', 'Kind', 'Client', 'User', 'Scope', 'Status', 'Error'],
    requests.map(({ time, kind, clientId, user, scope, status, error }) => [
      time,
      kind,
      nameIn(tenant)(clientId ?? ''),
      nameIn(tenant)(user ?? ''),
      scope ?? '',
      String(status),
      error === undefined ? '' : `AADSTS${error}`,
    ]),
  )

const nameIn =
  ({ directory }: Tenant) =>
  (id: string): string =>
    directory.app(id)?.name ?? directory.user(id)?.upn ?? id

type Option = readonly [value: string, label: string]
const same = (value: string): Option => [value, value]
const people = ({ state }: View): Option[] => [
  ['everyone', 'everyone'],
  ...state.users.map(({ oid, upn }): Option => [oid, upn]),
]
const resources = ({ state }: View): Option[] =>
  state.apps
    .filter(({ scopes }) => scopes.length > 0)
    .map(({ clientId, name }): Option => [clientId, name])

/** On small screens each cell shows its column's name. */
const table = (columns: readonly string[], rows: readonly (readonly (string | Html)[])[]): Html =>
  rows.length === 0
    ? html`<p>None.</p>`
    : html`<table>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(
        (row) =>
          html`<tr>${row.map((cell, index) => html`<td data-column="${columns[index] ?? ''}">${cell}</td>`)}</tr>`,
      )}</tbody>
</table>`

const button = (action: string, fields: Readonly<Record<string, string>>, label: string): Html =>
  html`<form method="post">${hiddenFields([['action', action], ...Object.entries(fields)])}<button>${label}</button></form>`

const form = (action: string, fields: readonly Html[], label: string): Html =>
  html`<form method="post" class="fields">${hiddenFields([['action', action]])}${fields}<button>${label}</button></form>`

const select = (name: string, label: string, options: readonly Option[]): Html =>
  html`<label>${label} <select name="${name}">${options.map(([value, text]) => html`<option value="${value}">${text}</option>`)}</select></label>`

const input = (name: string, label: string, value: string): Html =>
  html`<label>${label} <input name="${name}" value="${value}" required></label>`
