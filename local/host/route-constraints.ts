/** Inline constraints of ASP.NET Core route templates, by name: `{id:int}`, `{code:length(2,4)}`. */

type Constraint = (value: string) => boolean

/**
 * @param source what stands behind the colon
 * @throws for one that ASP.NET Core does not know
 */
export function constraint(source: string): Constraint {
  const { name = '', args } = /^(?<name>\w+)(?:\((?<args>.*)\))?$/s.exec(source)?.groups ?? {}
  const make = constraints.get(name.toLowerCase())
  if (!make) throw new Error(`there is no route constraint "${source}"`)
  return make(args ?? '')
}

const matches = (pattern: RegExp) => () => (value: string) => pattern.test(value)
const number = /^\s*[+-]?(\d[\d,]*\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i

function integerBetween(lowest: bigint, highest: bigint): Constraint {
  return (value) =>
    /^\s*[+-]?\d+\s*$/.test(value) && BigInt(value) >= lowest && BigInt(value) <= highest
}

const signed = (bits: bigint) => integerBetween(-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n)
const [lowest, highest] = [-(2n ** 63n), 2n ** 63n - 1n]

function pair(args: string): [number, number] {
  const [first = '', second = first] = args.split(',')
  return [Number(first), Number(second)]
}

const constraints = new Map<string, (args: string) => Constraint>([
  ['int', () => signed(32n)],
  ['long', () => signed(64n)],
  ['bool', matches(/^\s*(true|false)\s*$/i)],
  ['guid', matches(/^(\{|\()?[\da-f]{8}-?([\da-f]{4}-?){3}[\da-f]{12}(\}|\))?$/i)],
  ['alpha', matches(/^[a-z]*$/i)],
  ['decimal', matches(number)],
  ['double', matches(number)],
  ['float', matches(number)],
  ['datetime', () => (value) => !Number.isNaN(Date.parse(value))],
  ['required', () => (value) => value !== ''],
  ['min', (args) => integerBetween(BigInt(args), highest)],
  ['max', (args) => integerBetween(lowest, BigInt(args))],
  [
    'range',
    (args) => {
      const [from = '', to = ''] = args.split(',')
      return integerBetween(BigInt(from), BigInt(to))
    },
  ],
  ['minlength', (args) => (value) => value.length >= Number(args)],
  ['maxlength', (args) => (value) => value.length <= Number(args)],
  [
    'length',
    (args) => {
      const [shortest, longest] = pair(args)
      return (value) => value.length >= shortest && value.length <= longest
    },
  ],
  [
    'regex',
    (args) => {
      // Braces stand doubled in a template.
      const pattern = new RegExp(args.replaceAll('{{', '{').replaceAll('}}', '}'), 'i')
      return (value) => pattern.test(value)
    },
  ],
])
