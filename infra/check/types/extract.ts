/**
 * `node infra/check/types/extract.ts <folder>`: writes resources.json, the types that our templates use, from type data
 * as Bicep publishes it (the `types.json` files of bicep-types-az and of the Microsoft Graph extension, in <folder> and
 * below), and azure.yaml.schema.json beside them. Descriptions, and types that no template uses, stay behind.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type BicepType,
  ObjectTypePropertyFlags,
  readTypesJson,
  TypeBaseKind,
  type TypeReference,
} from 'bicep-types'
import { readProject } from '../project.ts'
import { readTemplate } from '../template.ts'
import type { Entry, Property, Reference } from './format.ts'

const [folder] = process.argv.slice(2)
if (!folder) throw new Error('Name the folder with the type data')

const wanted = new Set<string>()
for (const [file, text] of readProject()) {
  if (!file.endsWith('.bicep')) continue
  const template = readTemplate({ file, text, report: () => {} })
  for (const { type } of template.resources) wanted.add(type)
}

const resources: Record<string, Reference> = {}
const types: Entry[] = []
for (const file of globSync('**/*.json', { cwd: folder }).sort()) {
  const data: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  if (!Array.isArray(data)) continue
  const all = readTypesJson(JSON.stringify(data))
  const keep = keeper(all)
  for (const type of all) {
    if (type.type !== TypeBaseKind.ResourceType || !wanted.has(type.name)) continue
    resources[type.name] = keep(type.body)
    wanted.delete(type.name)
  }
}
if (wanted.size > 0) throw new Error(`${folder} has no ${[...wanted].join(', ')}`)

const lines = types.map((type) => `    ${JSON.stringify(type)}`).join(',\n')
const named = JSON.stringify(resources, null, 2).replaceAll('\n', '\n  ')
writeFileSync(
  new URL('resources.json', import.meta.url),
  `{\n  "resources": ${named},\n  "types": [\n${lines}\n  ]\n}\n`,
)

const schema: unknown = JSON.parse(readFileSync(join(folder, 'azure.yaml.schema.json'), 'utf8'))
writeFileSync(
  new URL('azure.yaml.schema.json', import.meta.url),
  `${JSON.stringify(withoutWords(schema))}\n`,
)

/** Keeps types of one file, each once. */
function keeper(all: readonly BicepType[]) {
  const numbers = new Map<number, number>()

  return keep
  function keep({ index }: TypeReference): Reference {
    const type = all[index]
    switch (type?.type) {
      case TypeBaseKind.AnyType:
        return 'any'
      case TypeBaseKind.StringType:
        return 'string'
      case TypeBaseKind.IntegerType:
        return 'int'
      case TypeBaseKind.BooleanType:
        return 'bool'
      case TypeBaseKind.NullType:
        return 'null'
      case TypeBaseKind.StringLiteralType:
        return { oneOf: [type.value] }
      case TypeBaseKind.UnionType:
        return union(type.elements.map(keep))
      case TypeBaseKind.ArrayType:
        return { list: keep(type.itemType) }
      case TypeBaseKind.ObjectType:
        return entry(index, () => ({
          has: members(type.properties),
          ...(type.additionalProperties && { rest: keep(type.additionalProperties) }),
        }))
      case TypeBaseKind.DiscriminatedObjectType:
        if (Object.keys(type.baseProperties).length > 0) throw new Error('Shared properties')
        return entry(index, () => ({
          by: type.discriminator,
          variants: Object.fromEntries(
            Object.entries(type.elements).map(([tag, it]) => [tag, keep(it)]),
          ),
        }))
      default:
        throw new Error(`Nobody foresaw a ${type?.type}`)
    }
  }

  function entry(index: number, make: () => Entry): Reference {
    const known = numbers.get(index)
    if (known !== undefined) return known
    // Its number is taken before what is in it: types refer to each other in circles.
    const number = types.push({ has: {} }) - 1
    numbers.set(index, number)
    types[number] = make()
    return number
  }

  function members(properties: Record<string, { type: TypeReference; flags: number }>) {
    const { Required, ReadOnly } = ObjectTypePropertyFlags
    return Object.fromEntries(
      Object.entries(properties).map(([name, { type, flags }]): [string, Property] => {
        const reference = keep(type)
        const said: ('required' | 'read-only')[] = []
        if (flags & Required) said.push('required')
        if (flags & ReadOnly) said.push('read-only')
        return [name, said.length > 0 ? [reference, ...said] : reference]
      }),
    )
  }
}

/** Of string literals, and of any string beside them where the enumeration is a loose one. */
function union(elements: readonly Reference[]): Reference {
  const values = elements.flatMap((it) => (typeof it === 'object' && 'oneOf' in it ? it.oneOf : []))
  const others = elements.filter((it) => typeof it !== 'object')
  if (others.some((it) => it !== 'string')) throw new Error('A union of more than strings')
  return { oneOf: values, ...(others.length > 0 && { open: true as const }) }
}

/** A JSON schema, without what only people read, and open where it points to another. */
function withoutWords(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutWords)
  if (typeof schema !== 'object' || schema === null) return schema
  if ('$ref' in schema && String(schema.$ref).startsWith('http')) return {}
  const kept = Object.entries(schema).filter(
    ([name, value]) =>
      !(/^(description|title|comment|\$comment)$/.test(name) && typeof value === 'string') &&
      !(/^(examples|default)$/.test(name) && typeof value !== 'object') &&
      !(name === 'examples' && Array.isArray(value)),
  )
  return Object.fromEntries(kept.map(([name, value]) => [name, withoutWords(value)]))
}
