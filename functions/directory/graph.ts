/**
 * Microsoft Graph with the least permission for each tool; `graph` itself has `User.Read`. GUIDs:
 * https://learn.microsoft.com/graph/permissions-reference
 */
import { graphBy } from '../../shared/downstreams.ts'

export const graphOfPeople = graphBy('User.ReadBasic.All', 'b340eb25-3456-403f-be2f-af7a0d370277')

/** Needs an administrator's consent. With less, Graph lists groups without their names. */
export const graphOfGroups = graphBy('GroupMember.Read.All', 'bc024368-1153-4739-b217-4326f2e966d0')

export const graphOfMyProfile = graphBy('User.ReadWrite', 'b4e74841-8e56-480b-be8b-910348b18b4c')
