#!/bin/bash
# Builds the Debian package: systemd/package.sh [--binaries FOLDER] [--output FOLDER]
#
# Needs what `swift build -c release --static-swift-stdlib --traits TLS` built, dpkg-deb, python3 and gzip.
set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
binaries=$source/../.build/release
output=$PWD
programs=(animod animoctl)
units=(animod.service animod.socket animod-tcp.socket animod-metrics.socket animod-agent.socket)

fail() { # exit code, message
    echo "package.sh: $2" >&2
    exit "$1"
}

while (($#)); do
    case $1 in
    --binaries | --output)
        (($# > 1)) || fail 64 "$1: expected a folder"
        if [[ $1 == --binaries ]]; then binaries=$2; else output=$2; fi
        shift
        ;;
    *) fail 64 "unknown argument '$1'; expected [--binaries FOLDER] [--output FOLDER]" ;;
    esac
    shift
done
for program in "${programs[@]}"; do
    [[ -x $binaries/$program ]] ||
        fail 66 "no $program in $binaries; first run: swift build -c release --static-swift-stdlib --traits TLS"
    if ldd "$binaries/$program" 2>/dev/null | grep -q libswift; then
        fail 65 "$program needs a Swift runtime that Debian has not; link it statically: --static-swift-stdlib"
    fi
done

version=$("$binaries/animod" --version)
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
document=$root/usr/share/doc/animod

# The packages whose libraries the programs load.
depends() {
    local library package
    for program in "${programs[@]}"; do
        ldd "$binaries/$program" | awk '$3 ~ /^\// {print $3}'
    done | sort -u | while read -r library; do
        # What ldd calls /lib may be packaged as /usr/lib, and the other way round; alternatives are links.
        package=$(dpkg-query -S "$library" 2>/dev/null || dpkg-query -S "/usr$library" 2>/dev/null ||
            dpkg-query -S "${library#/usr}" 2>/dev/null || dpkg-query -S "$(readlink -f "$library")" 2>/dev/null || true)
        [[ -n $package ]] || fail 65 "$library belongs to no package"
        echo "${package%%:*}"
    done | sort -u | paste -sd, | sed 's/,/, /g'
}

for program in "${programs[@]}"; do
    install -D -m 0755 "$binaries/$program" "$root/usr/bin/$program"
    strip --strip-unneeded "$root/usr/bin/$program" 2>/dev/null || true
    section=$([[ $program == animod ]] && echo 8 || echo 1)
    mkdir -p "$root/usr/share/man/man$section" "$root/usr/share/bash-completion/completions" \
        "$root/usr/share/zsh/vendor-completions" "$root/usr/share/fish/vendor_completions.d"
    "$binaries/$program" --experimental-dump-help | python3 "$source/manual.py" "$section" |
        gzip -9n >"$root/usr/share/man/man$section/$program.$section.gz"
    "$binaries/$program" --generate-completion-script bash >"$root/usr/share/bash-completion/completions/$program"
    "$binaries/$program" --generate-completion-script zsh >"$root/usr/share/zsh/vendor-completions/_$program"
    "$binaries/$program" --generate-completion-script fish >"$root/usr/share/fish/vendor_completions.d/$program.fish"
done
for unit in "${units[@]}"; do
    install -D -m 0644 "$source/$unit" "$root/lib/systemd/system/$unit"
done
sed -i 's|/usr/local/bin/|/usr/bin/|' "$root/lib/systemd/system/animod.service"
install -D -m 0644 "$source/animod.sysusers" "$root/usr/lib/sysusers.d/animod.conf"
for file in alerts.yml dashboard.json; do
    install -D -m 0644 "$source/$file" "$root/usr/share/animod/$file"
done
for file in README.md monitoring.md; do
    install -D -m 0644 "$source/$file" "$document/$file"
done
install -D -m 0644 "$source/haproxy.cfg" "$document/examples/haproxy.cfg"
install -d "$root/etc/animod"
echo '{}' >"$root/etc/animod/animod.json"
cat >"$document/copyright" <<'COPYRIGHT'
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: animod

Files: *
Copyright: the authors of animod
License: none
 No licence has been granted yet: this package may not be distributed.
COPYRIGHT

mkdir -p "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<CONTROL
Package: animod
Version: $version
Architecture: $architecture
Maintainer: the authors of animod <root@localhost>
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: $(depends)
Recommends: systemd
Section: graphics
Priority: optional
Description: set still heads in motion, on a CPU
 A daemon that turns a still head into a moving one with trained AniMo networks,
 and animoctl, its client. A small model trained on drawn heads is built in.
CONTROL
echo /etc/animod/animod.json >"$root/DEBIAN/conffiles"
cat >"$root/DEBIAN/postinst" <<'POSTINST'
#!/bin/sh
set -e
if [ "$1" = configure ] && [ -d /run/systemd/system ]; then
    systemd-sysusers animod.conf # before the socket starts, which belongs to the group
    systemctl daemon-reload
    systemctl enable --now animod.socket
    systemctl try-restart animod.service
fi
POSTINST
cat >"$root/DEBIAN/prerm" <<'PRERM'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
    systemctl disable --now animod.service animod.socket animod-tcp.socket animod-metrics.socket animod-agent.socket
fi
PRERM
cat >"$root/DEBIAN/postrm" <<'POSTRM'
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
POSTRM
chmod 0755 "$root/DEBIAN/postinst" "$root/DEBIAN/prerm" "$root/DEBIAN/postrm"

mkdir -p "$output"
package=$output/animod_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$root" "$package" >/dev/null
echo "$package"
