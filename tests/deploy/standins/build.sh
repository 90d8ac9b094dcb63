#!/bin/sh
# Builds stand-ins for every public image of docker-compose.yml and the Dockerfile, under their very tags, from Debian's
# packages: tests/deploy/standins/build.sh. Needs root, debootstrap and a Docker engine; takes a few minutes.
set -eu
cd "$(dirname "$0")"
repository=../../..
base=pixelmill-standin/debian:trixie
# The classic builder is part of every engine; these files need nothing newer.
export DOCKER_BUILDKIT=0

if ! docker image inspect "$base" >/dev/null 2>&1; then
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
  debootstrap --variant=minbase --include=ca-certificates trixie "$root/debian"
  # A machine behind a proxy has certificates of its own; pip and npm look for them where these variables say.
  cp /etc/ssl/certs/ca-certificates.crt "$root/debian/etc/ssl/certs/"
  rm -rf "$root"/debian/var/cache/apt/archives/*.deb
  bundle=/etc/ssl/certs/ca-certificates.crt
  tar -C "$root/debian" -c . |
    docker import --change "ENV PIP_CERT=$bundle NODE_EXTRA_CA_CERTS=$bundle" - "$base"
fi

# Every image that is named and not built from this repository.
{
  sed -n 's/^ARG [A-Z]*_IMAGE=//p' "$repository/Dockerfile"
  sed -n 's/^ *image: *//p' "$repository/docker-compose.yml"
} | while read -r image; do
  name=${image%%:*}
  target=${name##*/}
  docker build --target "$target" --tag "$image" .
done
