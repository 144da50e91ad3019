#!/bin/sh
# Installs the Debian packages ggcn needs: `install-debian-packages.sh [build|test|fuzz]` (test includes
# build, fuzz both).
# Does nothing where all are present; otherwise needs root or sudo.
set -eu
what=${1:-build}
list=$(dirname "$0")/debian-packages.txt
case $what in
    build) wanted=$(awk '$1 == "build" { print $2 }' "$list") ;;
    test)  wanted=$(awk '$1 == "build" || $1 == "test" { print $2 }' "$list") ;;
    fuzz)  wanted=$(awk '$1 !~ /^#/ { print $2 }' "$list") ;;
    *) echo "usage: $0 [build|test|fuzz]" >&2; exit 2 ;;
esac

missing=
for package in $wanted; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "$0: need root or sudo to install:$missing" >&2; exit 1; }
    sudo=sudo
fi
echo "installing:$missing"
$sudo apt-get update -q
# shellcheck disable=SC2086  # a list of package names
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
