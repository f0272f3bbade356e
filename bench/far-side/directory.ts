/** The tenant of the benchmarks: its identifiers, and users that are numbers. */

export const tenantId = '11111111-1111-4111-8111-111111111111'
export const apiClientId = 'a0000000-0000-4000-8000-00000000000a'
export const clientId = 'c0000000-0000-4000-8000-00000000000c'

/** The object id of the user with that number. */
export const oidOf = (user: number) => `b0000000-0000-4000-8000-${String(user).padStart(12, '0')}`

/** What stands in a subscription's name, so that an answer tells whose it is. */
export const ownerMark = (oid: string) => `Subscription of ${oid}`
