#!/bin/bash
# Installs animod, animoctl, the units and what monitors them (Prometheus's alert rules, Grafana's dashboard), or takes
# them away again.
#
#   systemd/install.sh [--uninstall] [--binaries FOLDER]
#
# Needs what `swift build -c release --static-swift-stdlib` built, and root. With DESTDIR set, it fills that folder as
# if it were the root of a machine, and starts and stops nothing.
set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${DESTDIR:-}
binaries=$source/../.build/release
action=install

programs=(animod animoctl)
units=(animod.service animod.socket animod-tcp.socket animod-metrics.socket animod-agent.socket)
monitoring=(alerts.yml dashboard.json)
program_folder=$root/usr/local/bin
unit_folder=$root/usr/local/lib/systemd/system
group_file=$root/usr/local/lib/sysusers.d/animod.conf
monitoring_folder=$root/usr/local/share/animod
configuration=$root/etc/animod/animod.json

fail() { # exit code, message
    echo "install.sh: $2" >&2
    exit "$1"
}

check_binaries() {
    local program runtime
    for program in "${programs[@]}"; do
        [[ -x $binaries/$program ]] ||
            fail 66 "no $program in $binaries; first run: swift build -c release --static-swift-stdlib"
        runtime=$(ldd "$binaries/$program" 2>/dev/null | awk '/libswiftCore/ {print $3}' || true)
        case $runtime in
        /root/* | /home/*)
            fail 65 "$program needs $runtime, which no service may read; link it statically: --static-swift-stdlib"
            ;;
        esac
    done
}

install_files() {
    local program unit file
    check_binaries
    for program in "${programs[@]}"; do
        install -D -m 0755 "$binaries/$program" "$program_folder/$program"
    done
    for unit in "${units[@]}"; do
        install -D -m 0644 "$source/$unit" "$unit_folder/$unit"
    done
    install -D -m 0644 "$source/animod.sysusers" "$group_file"
    for file in "${monitoring[@]}"; do
        install -D -m 0644 "$source/$file" "$monitoring_folder/$file"
    done
    if [[ ! -e $configuration ]]; then
        install -d -m 0755 "${configuration%/*}"
        echo '{}' >"$configuration"
        chmod 0644 "$configuration"
    fi
}

remove_files() {
    rm -f "${programs[@]/#/$program_folder/}" "${units[@]/#/$unit_folder/}" "$group_file" \
        "${monitoring[@]/#/$monitoring_folder/}"
    rmdir --ignore-fail-on-non-empty "$monitoring_folder" 2>/dev/null || true
    echo "Kept: ${configuration%/*}, $root/var/lib/animod and the group animod."
}

while (($#)); do
    case $1 in
    --uninstall) action=uninstall ;;
    --binaries)
        (($# > 1)) || fail 64 "--binaries: expected a folder"
        binaries=$2
        shift
        ;;
    *) fail 64 "unknown argument '$1'; expected [--uninstall] [--binaries FOLDER]" ;;
    esac
    shift
done
[[ -n $root || $EUID -eq 0 ]] || fail 77 "needs root, or DESTDIR"

if [[ $action == install ]]; then
    install_files
    if [[ -z $root ]]; then
        systemd-sysusers "$group_file" # before the socket starts, which belongs to the group
        systemctl daemon-reload
        systemctl enable --now animod.socket
        systemctl try-restart animod.service
    fi
    echo "Installed. To let someone use it: usermod --append --groups animod USER"
else
    if [[ -z $root ]]; then
        systemctl disable --now "${units[@]}" 2>/dev/null || true
    fi
    remove_files
    if [[ -z $root ]]; then
        systemctl daemon-reload
    fi
fi
