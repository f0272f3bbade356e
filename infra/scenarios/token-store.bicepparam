// People sign in with App Service Authentication, which keeps their sessions.
using '../main.bicep'
extends 'default.bicepparam'

param tokenStore = true
