#!/bin/sh
# As Redis Insight: listen on 5540 with the connection that the environment names.
set -eu
exec redis-commander --address 0.0.0.0 --port 5540 --noload --nosave \
  --redis-label "$RI_REDIS_ALIAS" --redis-host "$RI_REDIS_HOST" --redis-port "$RI_REDIS_PORT" \
  --redis-password "$RI_REDIS_PASSWORD"
