/** Scopes and roles of the cost tools. The ids are those that deployments have registered. */
import { adminScope, allOf, appRole, userScope } from '../../shared/mcp/access.ts'

export const costReader = userScope('cost.read', {
  id: '2ae5f599-feff-48e1-87d2-fc97a984e563',
  title: 'Read Azure costs',
  description: 'Reads what Azure costs, as you and only where you may.',
})

/** Needs both, because the data leaves Azure: the scope limits the client, the role the user. */
export const costExporter = allOf(
  adminScope('cost.export', {
    id: '7fc12a92-d703-4a6f-b399-25f1d394f011',
    title: 'Export Azure cost details',
    description:
      'Exports the cost details of subscriptions, as you and only where you may; the files leave Azure.',
  }),
  appRole('Cost.Exporter', {
    id: '6d76785a-c43c-478a-abcf-ca7a468c67c9',
    title: 'Cost exporter',
    description: 'May export cost details, which leave Azure.',
  }),
)
