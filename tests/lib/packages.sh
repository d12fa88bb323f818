# SPDX-License-Identifier: Apache-2.0
# What ./check, ./demo and bench/run need of Debian 12, and how they get it. Sourced by bash.

packages_build="gcc libc6-dev meson ninja-build pkg-config libuv1-dev libjansson-dev libsystemd-dev libsqlite3-dev libinih-dev
    uthash-dev libcmocka-dev libprotobuf-c-dev protobuf-c-compiler libmnl-dev libseccomp-dev
    libncurses-dev libldap-dev libkrb5-dev nettle-dev ppp-dev python3"
packages_demo="$packages_build openvpn openssl iproute2 iputils-ping"
packages_check="$packages_demo openssh-server openssh-client clang libclang-rt-14-dev g++ mandoc systemd tmux bash-completion
    procps python3-impacket git util-linux binutils ocserv openconnect strace user-mode-linux kmod ppp pppoe xl2tpd pptpd pptp-linux
    nftables slapd ldap-utils krb5-kdc krb5-admin-server krb5-user faketime samba python3-samba libsmbclient-dev
    samba-ad-provision samba-dsdb-modules samba-vfs-modules samba-testsuite gss-ntlmssp winbind tshark
    gcc-mingw-w64-x86-64-win32 wine64 socat charon-systemd strongswan-swanctl libcharon-extra-plugins libcharon-extauth-plugins"

# need_packages check|demo|build: install with apt what is missing; say what is missing where that can't be done.
need_packages() {
    local list="packages_$1" missing=""
    for p in ${!list}; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing="$missing $p"
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        echo "These Debian packages are missing, and only root can install them:$missing" >&2
        echo "Run, as root: apt-get install --no-install-recommends$missing" >&2
        return 1
    fi
    echo "Installing:$missing"
    local log
    log=$(mktemp)
    if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1; then
        echo "apt-get could not install them:" >&2
        tail -5 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}
