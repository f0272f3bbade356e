/**
 * Users' profiles and groups: the seed's data, and the changes of one run. Users added by scripts have an empty profile
 * and no groups.
 */
import { alice, bob, carol, type User } from '../seed.ts'

type Profile = { givenName: string; surname: string; jobTitle: string; mobilePhone: string }

const profiles = new Map<string, Profile>([
  [alice.oid, profile('Alice', 'Adams', 'Head of Finance', '+49 30 5550101')],
  [bob.oid, profile('Bob', 'Baker', 'Store Manager', '+49 30 5550102')],
  [carol.oid, profile('Carol', 'Clark', 'Auditor', '+49 30 5550103')],
])

function profile(givenName: string, surname: string, jobTitle: string, mobilePhone: string) {
  return { givenName, surname, jobTitle, mobilePhone }
}

export type Group = {
  id: string
  displayName: string
  groupTypes: string[]
  mailEnabled: boolean
  securityEnabled: boolean
  /** Users by `oid`, groups by `id`. */
  members: string[]
}

const kinds = {
  security: { groupTypes: [], mailEnabled: false, securityEnabled: true },
  microsoft365: { groupTypes: ['Unified'], mailEnabled: true, securityEnabled: false },
  distribution: { groupTypes: [], mailEnabled: true, securityEnabled: false },
}

const group = (
  digit: number,
  displayName: string,
  kind: keyof typeof kinds,
  members: (User | Group)[],
): Group => ({
  id: `6000000${digit}-0000-4000-8000-00000000000${digit}`,
  displayName,
  ...kinds[kind],
  members: members.map((it) => ('oid' in it ? it.oid : it.id)),
})
const finance = group(1, 'Finance', 'microsoft365', [alice])
const retail = group(2, 'Retail', 'microsoft365', [bob])
const audit = group(3, 'Audit', 'security', [carol])

/** All Staff contains every user through nested groups; Treasury has no members. */
const groups: readonly Group[] = [
  finance,
  retail,
  audit,
  group(4, 'All Staff', 'distribution', [finance, retail, audit]),
  group(5, 'Cost Readers', 'security', [alice, retail]),
  group(6, 'Treasury', 'security', []),
]

/** The groups of a user or group, including nested ones. */
export function groupsOf(id: string): Group[] {
  const direct = groups.filter(({ members }) => members.includes(id))
  return [...new Set(direct.flatMap((it) => [it, ...groupsOf(it.id)]))]
}

export type Profiles = ReturnType<typeof createProfiles>

/** Changes apply until `reset`. */
export function createProfiles() {
  const changed = new Map<string, Partial<Profile>>()
  return {
    of: (oid: string): Partial<Profile> => ({ ...profiles.get(oid), ...changed.get(oid) }),
    change(oid: string, change: Partial<Profile>) {
      changed.set(oid, { ...changed.get(oid), ...change })
    },
    reset: () => changed.clear(),
  }
}
