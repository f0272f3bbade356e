/** GET /consent/callback: Entra redirects a person here after consent. Answers with a page that says what happened. */
import type { AuditRecord, Severity } from '../shared/audit.ts'
import { factsOf } from '../shared/entra/aadsts-lookup.ts'
import type { ConsentOutcome } from '../shared/entra/consent.ts'
import { page } from '../shared/http/page.ts'
import { httpFunction } from '../shared/register.ts'

export const consent = httpFunction('consent', {
  route: 'consent/callback',
  methods: ['GET'],
  handler:
    ({ consent, tokenCache, journal }) =>
    async (request, { log, reference }) => {
      const outcome = await consent.settle(new URL(request.url).searchParams)
      journal(log, { reference, ...recordOf(outcome) })
      if (outcome.result === 'consented') tokenCache.forgetRefusals(outcome.asked)
      return page(pageOf(outcome))
    },
})

/** The user is known only from our sealed link. */
function recordOf(outcome: ConsentOutcome): Omit<AuditRecord, 'reference'> {
  const asked = 'asked' in outcome ? outcome.asked : undefined
  return {
    severity: severityOf(outcome),
    outcome: `consent_${outcome.result}`,
    ...(asked && { tid: asked.tid, oid: asked.oid, tool: asked.tool, downstream: asked.scope }),
    detail: detailOf(outcome),
  }
}

function severityOf(outcome: ConsentOutcome): Severity {
  if (outcome.result === 'unreachable') return 'error'
  const isOurs = outcome.result === 'refused' && outcome.refusal.fixedBy === 'operator'
  return isOurs ? 'warning' : 'information'
}

function detailOf(outcome: ConsentOutcome): string {
  switch (outcome.result) {
    case 'other_account': {
      const { tid, oid } = outcome.account
      return `consented as ${oid} of tenant ${tid}`
    }
    case 'refused':
      return factsOf(outcome.refusal)
    default:
      return outcome.result
  }
}

type Page = Parameters<typeof page>[0]

function pageOf(outcome: ConsentOutcome): Page {
  switch (outcome.result) {
    case 'consented':
      return {
        status: 200,
        title: 'Done',
        paragraphs: [
          `You have consented to what the tool ${outcome.asked.tool} needs.`,
          'Go back to your client and let it try again. You can close this page.',
        ],
      }
    case 'other_account':
      return {
        status: 403,
        title: 'Another account consented',
        paragraphs: [
          `You are signed in as ${outcome.signedIn}, which is not the account that asked. That account’s tool still lacks consent.`,
          'Sign out of Microsoft in this browser, or use a private window, then call the tool again and open the new link as the account that you use in your client.',
        ],
      }
    case 'refused':
      return refusedPage(outcome)
    default:
      return pages[outcome.result]
  }
}

const pages: Record<
  Exclude<ConsentOutcome['result'], 'consented' | 'other_account' | 'refused'>,
  Page
> = {
  approved: {
    status: 200,
    title: 'Approved for your organization',
    paragraphs: ['The person who asked can try again in a minute. You can close this page.'],
  },
  expired: {
    status: 400,
    title: 'This link has expired',
    paragraphs: ['Links are valid for ten minutes. Call the tool again to get a new one.'],
  },
  used: {
    status: 400,
    title: 'This link was already used',
    paragraphs: [
      'If the page before this one said Done, go back to your client. If not, call the tool again to get a new link.',
    ],
  },
  altered: {
    status: 400,
    title: 'This link is not from this server',
    paragraphs: ['It was changed or cut off. Call the tool again to get a new one.'],
  },
  nothing: {
    status: 400,
    title: 'Nothing to do here',
    paragraphs: ['This page is where Microsoft sends you back after you consent.'],
  },
  unreachable: {
    status: 503,
    title: 'Microsoft Entra cannot be reached',
    paragraphs: ['Call the tool again in a minute and open the link that it gives.'],
  },
}

function refusedPage({
  refusal: { person, class: kind, fixedBy, code },
  adminLink,
}: Extract<ConsentOutcome, { result: 'refused' }>): Page {
  const paragraphs = [
    person,
    adminLink ? `Give this link to an administrator: ${adminLink}` : next[fixedBy],
    ...(code ? [`Microsoft calls it AADSTS${code}.`] : []),
  ]
  return {
    status: kind === 'sign_in' || kind === 'stale' ? 400 : 403,
    title: 'Consent was not given',
    paragraphs,
  }
}

const next = {
  user: 'Call the tool again to get a new link, and try once more.',
  administrator: 'Ask an administrator of your organization; trying again will not help.',
  operator: 'Only the operator of this server can fix this; trying again will not help.',
  developer: 'Only the developer of the client can fix this; trying again will not help.',
  time: 'Wait a few minutes before you try again.',
}
