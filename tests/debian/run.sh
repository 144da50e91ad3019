#!/bin/sh
# Runs the README's test command on a bare Debian of another release, as a newcomer would: debootstrap makes a chroot, a
# clean clone of HEAD goes in, tests/run.sh installs, builds and tests there.
#   tests/debian/run.sh bookworm|trixie [FOLDER]
# With FOLDER the system stays in FOLDER/RELEASE and serves the next run, which then takes half the time; otherwise a
# temporary folder is used and removed. $DEBIAN_MIRROR names a mirror; apt's proxies and the name servers are this
# machine's. Needs root and debootstrap.
set -eu
say() {
    echo "$0: $*" >&2
}
case "$#:${1:-}" in
1:bookworm | 1:trixie | 2:bookworm | 2:trixie) release=$1 ;;
*)
    echo "usage: $0 bookworm|trixie [FOLDER]" >&2
    exit 2
    ;;
esac
top=$(cd "$(dirname "$0")/../.." && pwd)
if [ "$(id -u)" -ne 0 ]; then
    say "needs root, to mount and to chroot: sudo $0 $*"
    exit 1
fi
for tool in debootstrap git; do
    if ! command -v "$tool" >/dev/null; then
        say "$tool is missing: apt-get install $tool"
        exit 1
    fi
done

if [ "$#" -eq 2 ]; then
    temporary=
    mkdir -p "$2"
    folder=$(cd "$2" && pwd)
else
    temporary=$(mktemp -d "${TMPDIR:-/tmp}/ggcn_debian_XXXXXX")
    folder=$temporary
fi
root=$folder/$release

# Nothing of this machine is mounted inside but kernel interfaces of the chroot's own, so that a run that was killed
# leaves nothing that could be damaged through it.
leave() {
    for place in dev/shm dev/pts sys proc; do
        if mountpoint -q "$root/$place"; then umount -l "$root/$place"; fi
    done
}
clean_up() {
    leave
    [ -z "$temporary" ] || rm -rf --one-file-system "$temporary"
}
trap clean_up EXIT
trap 'exit 1' HUP INT PIPE TERM

# debootstrap takes its proxy from the environment, apt from its configuration: let both know of either.
settings=
if command -v apt-config >/dev/null; then
    proxy=
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    if [ -n "$proxy" ] && [ "$proxy" != DIRECT ]; then export http_proxy="${http_proxy:-$proxy}"; fi
    # not the hooks: they call programs that the chroot does not have
    settings=$(apt-config dump | grep -E '^Acquire::(https?::|Check-|Retries|ForceIPv)' | grep -v 'Auto-Detect' || true)
fi

leave # what a killed run left
if [ ! -d "$root" ]; then
    echo "debootstrap $release"
    rm -rf --one-file-system "$root.part"
    if ! debootstrap --variant=minbase --include=git,ca-certificates "$release" "$root.part" \
        "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$folder/debootstrap.log" 2>&1; then
        tail -n 20 "$folder/debootstrap.log" >&2
        say "debootstrap cannot make a system of $release"
        exit 1
    fi
    mv "$root.part" "$root" # what has the final name is whole
fi

echo "$settings" >"$root/etc/apt/apt.conf.d/90ggcn-host"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
for place in proc:proc sysfs:sys devpts:dev/pts tmpfs:dev/shm; do
    options=nosuid
    case $place in
    sysfs:*) options=nosuid,ro ;;
    devpts:*) options=nosuid,newinstance,ptmxmode=0666,mode=620,gid=5 ;;
    esac
    if ! mount -t "${place%%:*}" -o "$options" "${place%%:*}" "$root/${place#*:}"; then
        say "cannot mount ${place%%:*}: a container must be privileged for that"
        exit 1
    fi
done

rm -rf --one-file-system "$root/root/ggcn"
git -c safe.directory="$top" -C "$top" bundle create -q "$root/root/ggcn.bundle" HEAD
echo "tests/run.sh on Debian $(cat "$root/etc/debian_version")"
chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    ${http_proxy:+http_proxy="$http_proxy"} sh -c '
        git -c advice.detachedHead=false -c init.defaultBranch=main clone -q /root/ggcn.bundle /root/ggcn
        cd /root/ggcn
        tests/run.sh'
