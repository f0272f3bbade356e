/** Notes by user, in memory. */

export type Note = { id: string; text: string }

export type Notes = {
  /** Oldest first. */
  of: (upn: string) => readonly Note[]
  add: (upn: string, text: string) => Note
  /** Adds the note to those of `to`. Undefined when the user has no note with that id. */
  share: (upn: string, id: string, to: string) => Note | undefined
  reset: () => void
}

const seed = {
  'alice@contoso.example': ['Renew the Fabrikam contract', 'Ask Bob about staging'],
  'bob@contoso.example': ['Close the retail budget'],
}

/** Begins with the seed's notes. */
export function createNotes(): Notes {
  let notes: { owner: string; note: Note }[] = []
  let last = 0
  const add = (owner: string, text: string) => {
    last += 1
    const note = { id: `n${last}`, text }
    notes.push({ owner, note })
    return note
  }
  const reset = () => {
    notes = []
    last = 0
    for (const [upn, texts] of Object.entries(seed)) for (const text of texts) add(upn, text)
  }
  const of = (upn: string) => notes.flatMap(({ owner, note }) => (owner === upn ? [note] : []))
  reset()
  return {
    of,
    add,
    share(upn, id, to) {
      const note = of(upn).find((it) => it.id === id)
      if (note) notes.push({ owner: to, note })
      return note
    },
    reset,
  }
}
