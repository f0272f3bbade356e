/**
 * Cost Management's two limits per tenant: query processing units, by the months of data that a query reads
 * (https://learn.microsoft.com/azure/cost-management-billing/costs/manage-automation, "Data latency and rate limits"),
 * and requests by ClientType, where clients without one share a limit (electrolux-oss/azure-cost-exporter#8). Header
 * values as in microsoft/AzureTRE#2835.
 */
import type { Period } from './cost-period.ts'
import { addMonths } from './days.ts'
import { Refusal } from './errors.ts'
import type { Settings } from './settings.ts'

export type CostLimits = ReturnType<typeof createCostLimits>

type Query = { period: Period; clientType: string | undefined }

/** Both are off unless the settings turn them on. Uses real time: the clock of costs may stand still. */
export function createCostLimits(options: { settings: () => Settings['limits'] }) {
  let spent: { time: number; units: number }[] = []
  let asked: { time: number; clientType: string }[] = []

  const spentIn = (seconds: number) =>
    spent.filter(({ time }) => time > Date.now() - seconds * 1000)

  /** Seconds to wait; a query with more units than the window allows needs an empty window. */
  const wait = ({ seconds, allowed }: Window, units: number) => {
    let left = allowed
    for (const each of spentIn(seconds).toReversed()) {
      left -= each.units
      if (left < units) return secondsUntil(each.time + seconds * 1000)
    }
    return 0
  }

  const remaining = () =>
    windows
      .map(({ name, seconds, allowed }) => {
        const used = spentIn(seconds).reduce((sum, { units }) => sum + units, 0)
        return `${name}:${Math.max(0, allowed - used)}`
      })
      .join(',')

  const admitUnits = ({ period }: Query) => {
    const units = unitsOf(period)
    const seconds = Math.max(...windows.map((window) => wait(window, units)))
    if (seconds > 0) {
      throw tooMany({
        [`${prefix}-qpu-retry-after`]: `${seconds}`,
        [`${prefix}-qpu-remaining`]: remaining(),
      })
    }
    spent = [...spentIn(3600), { time: Date.now(), units }]
    return { [`${prefix}-qpu-consumed`]: `${units}`, [`${prefix}-qpu-remaining`]: remaining() }
  }

  const admitRequest = (
    { clientType = 'Default' }: Query,
    allowed: Partial<Record<string, number>>,
  ) => {
    asked = asked.filter(({ time }) => time > Date.now() - 60_000)
    const own = asked.filter((each) => each.clientType === clientType)
    const left = (allowed[clientType] ?? requestsPerClientType) - own.length
    const name = 'x-ms-ratelimit-remaining-microsoft.costmanagement-clienttype-requests'
    if (left <= 0) {
      const seconds = own[0] ? secondsUntil(own[0].time + 60_000) : 30
      throw tooMany({
        [`${prefix}-clienttype-retry-after`]: `${seconds}`,
        [name]: 'DefaultQuota:0',
      })
    }
    asked.push({ time: Date.now(), clientType })
    return { [name]: `DefaultQuota:${left - 1}` }
  }

  return {
    /** @returns headers of the answer. @throws Refusal 429 with the time to wait */
    admit(query: Query): Record<string, string> {
      const { units, clientTypes } = options.settings()
      return {
        ...(clientTypes ? admitRequest(query, clientTypes) : {}),
        ...(units ? admitUnits(query) : {}),
      }
    },
    clear() {
      spent = []
      asked = []
    },
  }
}

type Window = { name: string; seconds: number; allowed: number }

const windows: Window[] = [
  { name: 'QueriesPerHour', seconds: 3600, allowed: 600 },
  { name: 'QueriesPerMin', seconds: 60, allowed: 60 },
  { name: 'QueriesPer10Sec', seconds: 10, allowed: 12 },
]

/** Requests per minute and ClientType (guardrails.md, "Rate Limit Thresholds"). */
const requestsPerClientType = 2000

const prefix = 'x-ms-ratelimit-microsoft.costmanagement'

/** One unit for each month of data, begun months included. */
function unitsOf({ from, to }: Period): number {
  let units = 1
  while (addMonths(from, units) <= to) units += 1
  return units
}

const secondsUntil = (time: number) => Math.max(1, Math.ceil((time - Date.now()) / 1000))

const tooMany = (headers: Record<string, string>) => {
  const message = 'Too many requests. Please retry.'
  return new Refusal({ status: 429, code: '429', message, headers })
}
