/** Formats amounts, days and names, in the host's language if it is known. */

export type Words = {
  money: (amount: number, currency: string) => string
  /** With its sign, always. */
  change: (amount: number, currency: string) => string
  /** For an axis: few digits. */
  short: (amount: number, currency: string) => string
  percent: (share: number) => string
  /** With its sign, always. */
  percentChange: (share: number) => string
  count: (count: number) => string
  day: (day: string) => string
  days: (span: { from: string; to: string }) => string
  time: (moment: string) => string
}

export function wordsFor(context: { locale?: string; timeZone?: string }): Words {
  const locale = known(() => Intl.getCanonicalLocales(context.locale)[0])
  const timeZone = known(
    () => new Intl.DateTimeFormat('en', { timeZone: context.timeZone }).resolvedOptions().timeZone,
  )
  const formats = new Map<string, Intl.NumberFormat>()
  const number = (currency: string, options: Intl.NumberFormatOptions) => {
    const key = JSON.stringify([currency, options])
    const format =
      formats.get(key) ?? new Intl.NumberFormat(locale, withCurrency(currency, options))
    formats.set(key, format)
    return format
  }
  const amount = (options: Intl.NumberFormatOptions) => (value: number, currency: string) =>
    number(currency, { ...options, ...fractionOf(value) }).format(value)
  const dayFormat = new Intl.DateTimeFormat(locale, { ...dayAndMonth, timeZone: 'UTC' })
  const spanFormat = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })
  const timeFormat = new Intl.DateTimeFormat(locale, {
    ...{ dateStyle: 'medium', timeStyle: 'short' },
    ...(timeZone && { timeZone }),
  })
  return {
    money: amount({}),
    change: amount({ signDisplay: 'exceptZero' }),
    short: (value, currency) => number(currency, { notation: 'compact' }).format(value),
    percent: (share) => number('', inPercent).format(share),
    percentChange: (share) => number('', { ...inPercent, signDisplay: 'exceptZero' }).format(share),
    count: (count) => number('', {}).format(count),
    day: (day) => dayFormat.format(new Date(day)),
    days: ({ from, to }) => spanFormat.formatRange(new Date(from), new Date(to)),
    time: (moment) => timeFormat.format(new Date(moment)),
  }
}

const inPercent = { style: 'percent', maximumFractionDigits: 1 } as const
const dayAndMonth = { day: 'numeric', month: 'short' } as const

const withCurrency = (currency: string, options: Intl.NumberFormatOptions) =>
  /^[A-Z]{3}$/.test(currency) ? { style: 'currency' as const, currency, ...options } : options

/** Fractions of a cent are shown only for amounts below one cent. */
const fractionOf = (value: number) => ({
  minimumFractionDigits: 2,
  maximumFractionDigits: value !== 0 && Math.abs(value) < 0.01 ? 4 : 2,
})

/** The host's value may be no valid language or time zone. */
function known(read: () => string | undefined): string | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** Control and direction characters, which would change how other text reads. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** A name from Azure, safe to show. `detail`: the type and group of a resource. */
export function shownName(name: string): { name: string; detail?: string } {
  const seen = name.replace(unseen, '\u{fffd}')
  const [, group, type, resource] =
    /\/resourceGroups\/([^/]+)\/providers\/[^/]+\/([^/]+)\/(?:.*\/)?([^/]+)$/i.exec(seen) ?? []
  if (group && type && resource) return { name: resource, detail: `${type} in ${group}` }
  return { name: seen || 'Not named' }
}
