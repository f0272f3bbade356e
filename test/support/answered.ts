/** Stands in for Azure: the values that a deployment fills in where a snapshot has an expression. */

const values: readonly [expression: RegExp, value: string][] = [
  [/^(?=Microsoft\.\w+\/)/g, '/subscriptions/s/resourceGroups/rg/providers/'],
  [/\[reference\('apiPrincipal'\)\.appId\]/g, 'a0000000-0000-4000-8000-00000000000a'],
  [/\[reference\('signInPrincipal'\)\.appId\]/g, 'c0000000-0000-4000-8000-00000000000d'],
  [/\[reference\('clientPrincipal'\)\.appId\]/g, 'c0000000-0000-4000-8000-00000000000c'],
  [/\[reference\('[^']+\/id-[^']+'\)\.clientId\]/g, '33333333-3333-4333-8333-333333333333'],
  [
    /\[format\('\{0\},\{1\}', reference\('clientPrincipal'\)\.appId, '([^']*)'\)\]/g,
    'c0000000-0000-4000-8000-00000000000c,$1',
  ],
  [
    /\[reference\('[^']+\/(st[a-z0-9]+)'\)\.primaryEndpoints\.(\w+)\]/g,
    'https://$1.$2.core.windows.net/',
  ],
]

/** App settings or outputs, as they are once deployed. Other expressions stay as they are. */
export const answered = (given: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      values.reduce((text, [expression, it]) => text.replaceAll(expression, it), String(value)),
    ]),
  )
