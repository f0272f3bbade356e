// Clients sign in at Entra: no authorization server in front of it.
using '../main.bicep'
extends 'default.bicepparam'

param authorization = 'entra'
