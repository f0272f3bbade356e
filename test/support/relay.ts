/** The product with a relay before the notes server, which is started beside the emulators. */
import { type NotesServer, startNotes } from '../../local/notes/server.ts'
import { clients, directory, notesApp, notesResource, type User } from '../../local/seed.ts'
import { allOf } from '../../shared/mcp/access.ts'
import { defineRelay, type RelayDefinition } from '../../shared/relay/define-relay.ts'
import { appOrigin } from './entra-client.ts'
import { role, scope } from './permissions.ts'
import { type Product, startProduct } from './product.ts'

export const contosoNotes = {
  name: 'Contoso Notes',
  resource: notesResource,
  scope: 'Notes.Use',
} as const

export const relayTo = (url: string, changes: Partial<RelayDefinition> = {}) =>
  defineRelay({
    name: 'notes',
    title: 'Notes',
    server: { url, downstream: contosoNotes },
    tools: {
      list_notes: { access: scope('notes.read'), effect: 'reads' },
      add_note: {
        access: allOf(scope('notes.write'), role('Notes.Writer')),
        effect: 'writes',
        name: 'write_note',
        description: 'Keeps a note.',
      },
      share_note: { access: scope('notes.read'), effect: 'writes' },
    },
    ...changes,
  })

/** Everybody has consented to `Notes.Use`, unless `consented` is false. */
export function tenantWithNotes({ consented = true }: { consented?: boolean } = {}) {
  const data = directory(appOrigin)
  const { clientId: resource } = notesApp
  data.apps.push(notesApp)
  if (consented) {
    const client = clients.api.clientId
    data.grants.push({ client, resource, scopes: ['Notes.Use'], user: 'everyone' })
  }
  return data
}

export type Relayed = { product: Product; notes: NotesServer; close: () => Promise<void> }

export async function startRelayed(options: { consented?: boolean } = {}): Promise<Relayed> {
  const data = tenantWithNotes(options)
  const product = await startProduct({ data })
  const notes = await startNotes({ port: 0, directory: data, entraOrigin: product.entra.origin })
  return {
    product,
    notes,
    async close() {
      await notes.close()
      await product.close()
    },
  }
}

export const held = { scp: 'notes.read notes.write', roles: ['Notes.Writer'] }

export const tokenFor = (
  { product }: Pick<Relayed, 'product'>,
  user: User,
  claims: Record<string, unknown> = held,
) => product.tokenOf(user, { claims })
