// Lists of clients and origins, alerts by mail, and a tenant that demands a service reference.
using '../main.bicep'
extends 'default.bicepparam'

param preAuthorizedClients = 'aebc6443-996d-45c2-90f0-388ff96faa56, 77777777-7777-4777-8777-777777777777'
param allowedClients = '88888888-8888-4888-8888-888888888888'
param allowedOrigins = 'https://make.powerautomate.com'
param serviceManagementReference = '12345'
param alertEmail = 'oncall@contoso.example'
