// Only users who are assigned, and no guests.
using '../main.bicep'
extends 'default.bicepparam'

param appRoleAssignmentRequired = true
param refuseGuests = true
