/**
 * Thirteen months of daily costs for any subscription, derived from a seed: a subscription's costs of a day are the same
 * in every run and on every machine. Also the management groups. Knows nothing of requests.
 */
import { alice, type Subscription, subscriptions } from '../seed.ts'
import { addDays, addMonths, dayNumber, firstOfMonth, weekday } from './days.ts'
import type { PlantedCost } from './planted-costs.ts'
import { nameOn, resourceTypeOf, servicesByArea, servicesEverywhere } from './services.ts'

export type CostRecord = {
  subscription: Subscription
  /** `YYYY-MM-DD`. */
  day: string
  service: string
  resourceGroup: string
  location: string
  tags: Partial<Record<string, string>>
  cost: number
  currency: string | null
}

/** In lower case, as Cost Management returns resource ids. */
export const resourceIdOf = ({ subscription, resourceGroup, service, location }: CostRecord) =>
  `/subscriptions/${subscription.id}/resourcegroups/${resourceGroup}/providers/${resourceTypeOf(service)}/${service.replaceAll(/\W+/g, '-')}-${location}`.toLowerCase()

export type ManagementGroup = {
  name: string
  subscriptions: string[]
  /** `oid`s of the users with the role Cost Management Reader on it. */
  readers: string[]
}

/** One group of all subscriptions that alice reads, which have two currencies. */
export const managementGroups: ManagementGroup[] = [
  {
    name: 'contoso',
    subscriptions: subscriptions.filter((s) => s.readers.includes(alice.oid)).map(({ id }) => id),
    readers: [alice.oid],
  },
]

/** Names, in lower case: one resource group for each area of services.ts. */
export const resourceGroupsOf = ({ name }: Subscription) =>
  Object.keys(servicesByArea).map((area) => resourceGroupName(name, area))

/**
 * Cost records by subscription, oldest day first; computed on first use and once a day.
 * @param today `YYYY-MM-DD`
 * @param planted replace the computed records
 */
export function createCosts(
  today: () => string,
  planted: () => PlantedCost[] | undefined = () => undefined,
): (subscription: Subscription) => CostRecord[] {
  const made = new Map<string, { day: string; records: CostRecord[] }>()
  return (subscription) => {
    const given = planted()?.filter((each) => each.subscription === subscription.id)
    if (given !== undefined) return given.map((each) => ({ ...each, subscription }))
    const day = today()
    const known = made.get(subscription.id)
    if (known?.day === day) return known.records
    const records = grow(subscription, day)
    made.set(subscription.id, { day, records })
    return records
  }
}

/** Costs of one service in one location of one resource group; `seed` is its own. */
type Line = Omit<CostRecord, 'day' | 'cost'> & { perDay: number; seed: number }

function grow(subscription: Subscription, today: string): CostRecord[] {
  const lines = linesOf(subscription)
  const records: CostRecord[] = []
  const start = firstOfMonth(addMonths(today, -13))
  for (let day = start; day <= today; day = addDays(day, 1)) {
    for (const { perDay, seed, ...line } of lines) {
      const service = nameOn(line.service, day)
      records.push({
        ...line,
        service,
        day,
        cost: costOn(day, perDay, seed, line.tags.environment),
      })
    }
  }
  return records
}

function linesOf(subscription: Subscription): Line[] {
  const environment = /staging|research/i.test(subscription.name) ? 'staging' : 'production'
  const size = (environment === 'staging' ? 0.3 : 1) * (0.6 + 0.8 * random(hash(subscription.id)))
  return Object.entries(servicesByArea).flatMap(([area, own]) => {
    const resourceGroup = resourceGroupName(subscription.name, area)
    // Real subscriptions have untagged resources: the network has no cost center.
    const costCenter = area === 'network' ? undefined : costCenters[area]
    const tags = { environment, ...(costCenter === undefined ? {} : { costCenter }) }
    return [...own, ...servicesEverywhere].flatMap(([service, typical]) =>
      locations.map(({ location, share }) => {
        const seed = hash([subscription.id, resourceGroup, service, location].join('/'))
        const perDay = typical * size * share * (0.5 + random(seed))
        const { currency } = subscription
        return { subscription, service, resourceGroup, location, tags, currency, perDay, seed }
      }),
    )
  })
}

function costOn(day: string, perDay: number, seed: number, environment: string | undefined) {
  const days = dayNumber(day)
  const weekend = [0, 6].includes(weekday(day)) ? weekendShare(environment) : 1
  const growth = 1 + growthPerDay * (days - dayNumber('2024-01-01'))
  const noise = 0.9 + 0.2 * random(seed ^ Math.imul(days, 0x9e3779b1))
  return Math.round(perDay * weekend * growth * noise * 1e4) / 1e4
}

const weekendShare = (environment: string | undefined) => (environment === 'staging' ? 0.35 : 0.8)

const growthPerDay = 0.0006

const resourceGroupName = (subscriptionName: string, area: string) =>
  `rg-${subscriptionName.toLowerCase().replaceAll(' ', '-')}-${area}`

const costCenters: Record<string, string> = {
  web: 'CC-1001',
  compute: 'CC-1001',
  data: 'CC-2002',
  analytics: 'CC-3003',
  platform: 'CC-2002',
}

const locations = [
  { location: 'westeurope', share: 0.7 },
  { location: 'northeurope', share: 0.3 },
]

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  }
  return value >>> 0
}

/** One number in [0, 1) for a seed (mulberry32, first draw). */
function random(seed: number): number {
  const a = (seed + 0x6d2b79f5) | 0
  const b = Math.imul(a ^ (a >>> 15), a | 1)
  const c = b ^ (b + Math.imul(b ^ (b >>> 7), b | 61))
  return ((c ^ (c >>> 14)) >>> 0) / 2 ** 32
}
