// What `azd up` deploys when nothing is chosen. The other scenarios change one thing each.
using '../main.bicep'

param cloud = loadJsonContent('clouds.json').AzureCloud
param environmentName = 'dev'
param location = 'westeurope'
param customDomain = ''
param registerDefaultHost = false
param preAuthorizedClients = 'aebc6443-996d-45c2-90f0-388ff96faa56'
param allowedClients = ''
param authorization = 'server'
param appRoleAssignmentRequired = false
param refuseGuests = false
param tokenStore = false
param logDailyCapGb = 5
param alertEmail = ''
param serviceManagementReference = ''
param subnetId = ''
param allowedOrigins = ''
param stepUpAuthContext = ''
// By name; azd puts the values there.
param downstreamBaseUrls = loadJsonContent('../main.parameters.json').parameters.downstreamBaseUrls.value
