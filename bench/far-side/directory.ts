/** The benchmarks' tenant: its ids, and numbered users. */

export const tenantId = '11111111-1111-4111-8111-111111111111'
export const apiClientId = 'a0000000-0000-4000-8000-00000000000a'
export const clientId = 'c0000000-0000-4000-8000-00000000000c'

/** Object id of the user with this number. */
export const oidOf = (user: number) => `b0000000-0000-4000-8000-${String(user).padStart(12, '0')}`

/** Part of a subscription's name, so that every answer identifies its user. */
export const ownerMark = (oid: string) => `Subscription of ${oid}`
