#!/bin/sh
# As the official image: fill /etc/nginx/templates/*.template with the variables that are set, then run the command.
set -eu
output=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
known=$(awk -v filter="${NGINX_ENVSUBST_FILTER:-}" \
  'BEGIN { for (name in ENVIRON) if (name ~ filter) printf "${%s} ", name }' </dev/null)
for template in /etc/nginx/templates/*.template; do
  [ -e "$template" ] || continue
  envsubst "$known" <"$template" >"$output/$(basename "$template" .template)"
done
exec "$@"
