/** Cost records as CSV files of a cost details report: of the real file's fifty-odd columns, those that have data. */
import type { CostRecord } from './data.ts'

/** The files' contents: at most `rowsPerFile` records each, below a header row. */
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
