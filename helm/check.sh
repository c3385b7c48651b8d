#!/usr/bin/env bash
# Holds the chart: every file of ci/ renders, and every file of ci/refused/ is refused with the words that its
# first line names ("# refused: WORDS"). A refused file is laid over ci/plain-values.yaml, so it holds one mistake.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/tillstream"

# The account map is the one that the services are tested with.
map=$(mktemp)
trap 'rm -f "$map"' EXIT
{ echo 'accountMap: |'; sed 's/^/  /' ../../services/journal/accounts.example.toml; } >"$map"

# A helm that Go built does not know which Kubernetes it was made for.
readonly kubernetes=1.34.0
render() { helm template check . --kube-version "$kubernetes" "$@"; }

passed=0
for values in ci/*-values.yaml; do
  helm lint --strict --quiet --kube-version "$kubernetes" . --values "$map" --values "$values"
  render --values "$map" --values "$values" >/dev/null
  passed=$((passed + 1))
done

for values in ci/refused/*.yaml; do
  words=$(sed -n '1s/^# refused: //p' "$values")
  [[ -n $words ]] || { echo "$values: its first line names no words" >&2; exit 1; }
  if said=$(render --values "$map" --values ci/plain-values.yaml --values "$values" 2>&1 >/dev/null); then
    echo "$values: was not refused" >&2
    exit 1
  fi
  if [[ $said != *"$words"* ]]; then
    printf '%s: was refused, but not with "%s":\n%s\n' "$values" "$words" "$said" >&2
    exit 1
  fi
  passed=$((passed + 1))
done

# What the defaults leave open is asked for.
if said=$(render 2>&1 >/dev/null) || [[ $said != *"kafka.bootstrap_servers is empty"* ]]; then
  echo "without values the chart must ask for kafka.bootstrap_servers" >&2
  exit 1
fi

reached=(--set kafka.bootstrap_servers=kafka:9092 --set registry.url=http://registry:8080 --set-string accountMap=x)
if said=$(render "${reached[@]}" 2>&1 >/dev/null) || [[ $said != *"services.netsuite.settings lacks account"* ]]; then
  echo "without credentials the chart must ask for those of the connector" >&2
  exit 1
fi
render "${reached[@]}" --set services.netsuite.enabled=false >/dev/null

# Another setting is another pod: the checksum follows the configuration.
checksum() { render --values "$map" --values ci/plain-values.yaml "$@" | grep checksum/config | sort -u | md5sum; }
if [[ $(checksum) == $(checksum --set kafka.namespace=other.) ]]; then
  echo "checksum/config does not follow the configuration" >&2
  exit 1
fi
echo "chart: $((passed + 4)) checks passed"
