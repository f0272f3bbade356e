/**
 * Cost records as the files of a cost details report. Column names are those of the real file; of its fifty-odd
 * columns, the ones for which there are data.
 */
import type { CostRecord } from './data.ts'

/** One text per file, at most `rowsPerFile` records in each, every file with its own header row. */
export function csvFiles(records: CostRecord[], rowsPerFile: number): string[] {
  const files: string[] = []
  for (let start = 0; start < records.length; start += rowsPerFile) {
    const rows = records.slice(start, start + rowsPerFile).map(csvRow)
    files.push([header, ...rows, ''].join('\r\n'))
  }
  return files
}

const columns: Record<string, (record: CostRecord) => string> = {
  SubscriptionId: ({ subscription }) => subscription.id,
  SubscriptionName: ({ subscription }) => subscription.name,
  Date: ({ day }) => `${day.slice(5, 7)}/${day.slice(8)}/${day.slice(0, 4)}`,
  ResourceGroup: ({ resourceGroup }) => resourceGroup,
  ResourceLocation: ({ location }) => location,
  MeterCategory: ({ service }) => service,
  CostInBillingCurrency: ({ cost }) => `${cost}`,
  BillingCurrencyCode: ({ currency }) => currency ?? '',
  ChargeType: () => 'Usage',
  Tags: ({ tags }) => JSON.stringify(tags),
}

const header = Object.keys(columns).join(',')

const csvRow = (record: CostRecord) =>
  Object.values(columns)
    .map((column) => quoted(column(record)))
    .join(',')

/** RFC 4180 §2. */
const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
