/** The notes server's tools, for both generations of the SDK. */
import type { Notes } from './data.ts'

const note = {
  type: 'object' as const,
  properties: { id: { type: 'string' as const }, text: { type: 'string' as const } },
  required: ['id', 'text'],
}

export const tools = [
  {
    name: 'list_notes',
    description: 'Lists the notes of the signed-in user, oldest first.',
    inputSchema: {
      type: 'object' as const,
      // Valid, although some clients refuse `anyOf`.
      properties: { contains: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
    },
    outputSchema: {
      type: 'object' as const,
      properties: { notes: { type: 'array' as const, items: note } },
      required: ['notes'],
    },
  },
  {
    name: 'add_note',
    description: 'Adds a note for the signed-in user.',
    inputSchema: {
      type: 'object' as const,
      properties: { text: { type: 'string' as const } },
      required: ['text'],
    },
    outputSchema: note,
  },
  {
    name: 'share_note',
    description: 'Shares a note of the signed-in user with another user.',
    inputSchema: {
      type: 'object' as const,
      properties: { id: { type: 'string' as const }, to: { type: 'string' as const } },
      required: ['id', 'to'],
    },
  },
]

/** The scope that a tool needs beside Notes.Use. */
export const scopeOfTool: Readonly<Record<string, string>> = { share_note: 'Notes.Share' }

type Result = {
  content: { type: 'text'; text: string }[]
  structuredContent?: Record<string, unknown>
  isError?: boolean
}

/** Runs a tool. Its failures are results with `isError`. */
export function callTool(
  notes: Notes,
  { upn, name, args }: { upn: string; name: string; args: Readonly<Record<string, unknown>> },
): Result {
  switch (name) {
    case 'list_notes': {
      const wanted = typeof args.contains === 'string' ? args.contains : ''
      return structured({ notes: notes.of(upn).filter(({ text }) => text.includes(wanted)) })
    }
    case 'add_note':
      return typeof args.text === 'string' && args.text !== ''
        ? structured(notes.add(upn, args.text))
        : failed('A note needs a text.')
    case 'share_note': {
      const shared = notes.share(upn, String(args.id), String(args.to))
      return shared ? said(`${String(args.to)} has it too.`) : failed('You have no such note.')
    }
    default:
      return failed(`There is no tool ${name}.`)
  }
}

const said = (text: string): Result => ({ content: [{ type: 'text', text }] })
const failed = (text: string): Result => ({ ...said(text), isError: true })
const structured = (data: Record<string, unknown>): Result => ({
  ...said(JSON.stringify(data)),
  structuredContent: data,
})
