# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What contrib/demo and contrib/check have in common: root, Debian packages, a build folder.
# Sourced, not run.

# Everything needed to build virt-vss and to boot a virtual machine with it.
build_packages=(
  gcc libc6-dev meson ninja-build pkg-config python3
  libglib2.0-dev libjson-glib-dev libvirt-dev libxml2-dev libmount-dev libsqlite3-dev
  python3-docutils
)
vm_packages=(
  libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients
  qemu-system-x86 qemu-utils linux-image-cloud-amd64
  busybox-static cpio kmod zstd xz-utils
  e2fsprogs xfsprogs lvm2 util-linux
)
check_packages=(
  git procps sudo dash dbus libvirt-daemon-system
  btrfs-progs dosfstools mmdebstrap qemu-guest-agent strace
  valgrind libc6-dbg clang libclang-rt-14-dev
  gobject-introspection libgirepository1.0-dev python3-gi g++
  python3-jsonschema libxml2-utils shellcheck codespell jq
  mdadm cryptsetup-bin
)

say()
{
  printf '%s\n' "$*"
}

die()
{
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

need_root()
{
  [ "$(id -u)" = 0 ] || die "must be root to install packages and run virtual machines: try 'sudo $0'"
}

# Installs those of the named packages that are missing; quiet when there are none.
install_packages()
{
  local package missing=()
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
      missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "needs these Debian packages: ${missing[*]}"
  say "installing ${#missing[@]} Debian packages"
  local log
  log=$(mktemp)
  if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    die "cannot install: ${missing[*]}"
  fi
  rm -f "$log"
}

# build DIRECTORY TARGETS [MESON OPTION ...]: configures on first use, then compiles these targets
# (words; all of them if empty); prints only failures.
build()
{
  local directory=$1 targets log
  read -ra targets <<<"$2"
  shift 2
  log=$(mktemp)
  if ! { { [ -f "$directory/build.ninja" ] || meson setup "$directory" "$source" "$@"; } &&
    ninja -C "$directory" "${targets[@]}"; } >"$log" 2>&1 </dev/null; then
    tail -n 60 "$log" >&2
    rm -f "$log"
    die "cannot build in $directory"
  fi
  rm -f "$log"
}
