#!/bin/sh
# What `azd up` does once the resources are there: the package, then the events, which Event Grid routes to functions that exist.
set -eu

group="rg-${AZURE_ENV_NAME:?is set by azd}"
none='{}'

cargo xtask package
az functionapp deployment source config-zip --resource-group "$group" --name "${functionAppName:?is an output of main.bicep}" \
  --src target/app.zip
az deployment sub create --name holdfast-events --location "${AZURE_LOCATION:?is set by azd}" --template-file infra/main.json \
  --parameters location="$AZURE_LOCATION" resourceGroupName="$group" alertEmail="${HOLDFAST_ALERT_EMAIL:-}" \
  settings="${HOLDFAST_SETTINGS:-$none}" vaultIdentities="${HOLDFAST_VAULT_IDENTITIES:-$none}" subscribeToEvents=true
