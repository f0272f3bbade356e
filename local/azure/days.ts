/** Calendar days as `YYYY-MM-DD` in UTC, which compare as text. */

export const dayOf = (date: Date) => date.toISOString().slice(0, 10)

/** Whole days since 1970-01-01. */
export const dayNumber = (day: string) => Date.parse(day) / millisecondsPerDay

export const addDays = (day: string, days: number) =>
  dayOf(new Date((dayNumber(day) + days) * millisecondsPerDay))

export const firstOfMonth = (day: string) => `${day.slice(0, 7)}-01`

/** The same day of another month, or that month's last day if it is shorter (31 March − 1 month: 28 February). */
export function addMonths(day: string, months: number): string {
  const first = new Date(firstOfMonth(day))
  first.setUTCMonth(first.getUTCMonth() + months)
  const next = new Date(first)
  next.setUTCMonth(next.getUTCMonth() + 1)
  const daysInMonth = (next.getTime() - first.getTime()) / millisecondsPerDay
  return addDays(dayOf(first), Math.min(Number(day.slice(8)), daysInMonth) - 1)
}

/** 0 is Sunday. */
export const weekday = (day: string) => new Date(day).getUTCDay()

const millisecondsPerDay = 86_400_000
