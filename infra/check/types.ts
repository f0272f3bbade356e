/**
 * The published types of the resources that our templates use, as kept in types/resources.json (made by
 * types/extract.ts): names, kinds, required, enums, discriminators; no descriptions.
 */
import { readFileSync } from 'node:fs'
import { extractSchema, type Reference } from './types/format.ts'

export type Type =
  | { kind: 'any' | 'string' | 'int' | 'bool' | 'null' }
  /** `open`: other strings are said to be allowed too. We take none: a typing error looks just like them. */
  | { kind: 'enum'; values: readonly string[]; open: boolean }
  | { kind: 'array'; item: Type }
  | { kind: 'object'; properties: ReadonlyMap<string, Member>; rest: Type | undefined }
  /** One of several objects, told apart by a property. */
  | { kind: 'tagged'; by: string; variants: ReadonlyMap<string, Type> }
export type Member = { type: Type; required: boolean; readOnly: boolean }

export const any: Type = { kind: 'any' }
export const string: Type = { kind: 'string' }
export const int: Type = { kind: 'int' }
export const bool: Type = { kind: 'bool' }
export const arrayOf = (item: Type): Type => ({ kind: 'array', item })
export const objectOf = (properties: Record<string, Type>, rest?: Type): Type => {
  const members = Object.entries(properties).map(
    ([name, type]) => [name, { type, required: false, readOnly: false }] as const,
  )
  return { kind: 'object', properties: new Map(members), rest }
}

/** By type and version as a template writes them: `Microsoft.Web/sites@2024-04-01`. */
export function resourceType(name: string): Type | undefined {
  const reference = extract.resources[name]
  return reference === undefined ? undefined : typeOf(reference)
}

const file = new URL('types/resources.json', import.meta.url)
const extract = extractSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
export const resourceNames: readonly string[] = Object.keys(extract.resources)

/** Types refer to each other, in circles too: each is made once, before what is in it. */
const made = new Map<number, Type>()

function typeOf(reference: Reference): Type {
  if (typeof reference === 'string') return { kind: reference }
  if (typeof reference !== 'number') {
    if ('list' in reference) return arrayOf(typeOf(reference.list))
    return { kind: 'enum', values: reference.oneOf, open: reference.open ?? false }
  }
  return made.get(reference) ?? make(reference)
}

function make(index: number): Type {
  const entry = extract.types[index]
  if (!entry) throw new Error(`types/resources.json has no type ${index}`)
  if ('by' in entry) {
    const variants = new Map<string, Type>()
    const type: Type = { kind: 'tagged', by: entry.by, variants }
    made.set(index, type)
    for (const [tag, it] of Object.entries(entry.variants)) variants.set(tag, typeOf(it))
    return type
  }
  const properties = new Map<string, Member>()
  const type: Type = { kind: 'object', properties, rest: undefined }
  made.set(index, type)
  for (const [name, it] of Object.entries(entry.has)) {
    const [reference, ...flags] = Array.isArray(it) ? it : [it]
    properties.set(name, {
      type: typeOf(reference),
      required: flags.includes('required'),
      readOnly: flags.includes('read-only'),
    })
  }
  if (entry.rest !== undefined) type.rest = typeOf(entry.rest)
  return type
}
