/** The forms of the emulator's start page: parses them and calls admin.ts. overview-page.ts shows them. */
import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { Admin } from './admin.ts'

const requirement = z.enum(['mfa', 'compliant_device', 'block'])
const yes = z.enum(['yes', 'no']).transform((text) => text === 'yes')
const times = z.coerce.number().int().positive()

const form = z.discriminatedUnion('action', [
  z.object({ action: z.literal('enable-user'), user: z.string(), enabled: yes }),
  z.object({ action: z.literal('end-sessions'), user: z.string() }),
  z.object({ action: z.literal('let-users-consent'), allowed: yes }),
  z.object({
    action: z.literal('add-policy'),
    resource: z.string(),
    user: z.string(),
    require: requirement,
  }),
  z.object({ action: z.literal('remove-policy'), id: z.string() }),
  z.object({
    action: z.literal('add-grant'),
    client: z.string(),
    resource: z.string(),
    user: z.string(),
    scopes: z.string().transform((text) => text.split(/[\s,]+/).filter(Boolean)),
  }),
  z.object({
    action: z.literal('remove-grant'),
    client: z.string(),
    resource: z.string(),
    user: z.string(),
  }),
  z.object({
    action: z.literal('add-fault'),
    on: z.enum(['token', 'on_behalf_of', 'keys', 'discovery', 'authorize']),
    trouble: z.enum(['unavailable', 'throttled', 'reset', 'slow']),
    times,
  }),
  z.object({ action: z.literal('clear-faults') }),
  z.object({ action: z.literal('advance-clock'), seconds: times }),
  z.object({ action: z.literal('rotate-keys') }),
  z.object({ action: z.literal('start-over') }),
])
type Form = z.output<typeof form>

const troubles = {
  unavailable: { kind: 'status', status: 503 },
  throttled: { kind: 'status', status: 429, retryAfter: 30 },
  reset: { kind: 'reset' },
  slow: { kind: 'latency', milliseconds: 3_000 },
} as const

/** @throws an Error that says what is wrong with the form */
export async function applyForm(admin: Admin, fields: URLSearchParams): Promise<void> {
  const parsed = form.safeParse(Object.fromEntries(fields))
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error))
  await apply(admin, parsed.data)
}

function apply(admin: Admin, wanted: Form): void | Promise<void> {
  switch (wanted.action) {
    case 'enable-user':
      return admin.setUser(wanted.user, { enabled: wanted.enabled })
    case 'end-sessions':
      return admin.revokeSessions(wanted.user)
    case 'let-users-consent':
      return admin.setUserConsent(wanted.allowed)
    case 'add-policy': {
      const { resource, user, require } = wanted
      const users = user === 'everyone' ? user : [user]
      return admin.putPolicy({ id: randomUUID(), resource, users, require })
    }
    case 'remove-policy':
      return admin.removePolicy(wanted.id)
    case 'add-grant': {
      const { action: _, ...grant } = wanted
      return admin.putGrant(grant)
    }
    case 'remove-grant': {
      const { action: _, ...grant } = wanted
      return admin.removeGrants(grant)
    }
    case 'add-fault':
      return admin.addFault({ on: wanted.on, times: wanted.times, ...troubles[wanted.trouble] })
    case 'clear-faults':
      return admin.clearFaults()
    case 'advance-clock':
      return admin.advanceClock(wanted.seconds)
    case 'rotate-keys':
      return admin.rotateKeys()
    case 'start-over':
      return admin.reset()
  }
}
