#!/usr/bin/env bash
# A bootable Debian 12 for the machine: kernel, initrd, base.raw (ext4) and an ssh key, from Debian's packages alone.
#   image.sh DIRECTORY    leaves alone what is up to date; otherwise about a minute and 0.8 GB
set -euo pipefail
cache=$1
packages=systemd,systemd-sysv,systemd-timesyncd,udev,dbus,linux-image-amd64,initramfs-tools,kmod,zstd
packages=$packages,iproute2,procps,openssh-server,python3,python3-venv,e2fsprogs,mosquitto
key=$(printf '%s\n' "$packages" "$(sha256sum <"$0")" | sha256sum | cut -c1-16)
if [ "$(cat "$cache/base.key" 2>/dev/null)" = "$key" ]; then
    exit 0
fi
echo "building the machine's disk in $cache (a minute)" >&2
[ -f "$cache/id" ] || ssh-keygen -q -t ed25519 -N '' -C skyground-machine -f "$cache/id"
work=$(mktemp -d "$cache/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
export SSH_PUB
SSH_PUB=$(cat "$cache/id.pub")

cat >"$work/customize.sh" <<'CUSTOMIZE'
set -e
root=$1
file() { mkdir -p "$(dirname "$root$1")"; cat >"$root$1"; }
echo station >"$root/etc/hostname"
printf '127.0.0.1 localhost station\n' >"$root/etc/hosts"
echo '/dev/vda / ext4 rw,noatime,errors=remount-ro 0 1' | file /etc/fstab
file /etc/systemd/system/machine-net.service <<'X'
[Unit]
DefaultDependencies=no
After=systemd-udev-trigger.service systemd-modules-load.service
Before=network.target network-online.target ssh.service
Wants=network.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'i=0; while [ ! -e /sys/class/net/eth0 ] && [ $i -lt 100 ]; do i=$((i+1)); sleep 0.1; done; ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up; ip route add default via 10.0.2.2'
[Install]
WantedBy=sysinit.target network-online.target
X
# The mark on the console by which the host knows that ssh is up: asking sshd itself is dear under emulation.
file /etc/systemd/system/machine-ready.service <<'X'
[Unit]
After=multi-user.target ssh.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo MACHINE-READY >/dev/ttyS0'
[Install]
WantedBy=multi-user.target
X
touch "$root/etc/default/locale"
mkdir -p "$root/root/.ssh" "$root/var/log/journal"
chmod 700 "$root/root/.ssh"
echo "$SSH_PUB" >"$root/root/.ssh/authorized_keys"
chmod 600 "$root/root/.ssh/authorized_keys"
printf 'PermitRootLogin prohibit-password\nUseDNS no\nPasswordAuthentication no\n' | file /etc/ssh/sshd_config.d/machine.conf
# One host key, made now: no key generation under emulation.
rm -f "$root"/etc/ssh/ssh_host_*
ssh-keygen -q -t ed25519 -N '' -f "$root/etc/ssh/ssh_host_ed25519_key"
chroot "$root" sh -c 'getent group i2c >/dev/null || groupadd -r i2c
  systemctl -q enable machine-net.service machine-ready.service ssh
  systemctl -q disable mosquitto systemd-timesyncd e2scrub_reap 2>/dev/null
  systemctl -q mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
    systemd-networkd-wait-online.service getty@tty1.service systemd-firstboot.service systemd-logind.service \
    systemd-binfmt.service proc-sys-fs-binfmt_misc.automount dev-hugepages.mount dev-mqueue.mount \
    sys-kernel-debug.mount sys-kernel-tracing.mount systemd-update-utmp.service networking.service 2>/dev/null
  passwd -d root >/dev/null'
# A small initrd: only what the virtual root disk needs.
echo 'MODULES=list' >"$root/etc/initramfs-tools/conf.d/machine"
echo 'COMPRESS=gzip' >>"$root/etc/initramfs-tools/conf.d/machine"
printf 'virtio_pci\nvirtio_net\nvirtio_blk\next4\ncrc32c_generic\n' >"$root/etc/initramfs-tools/modules"
chroot "$root" update-initramfs -u -k all >/dev/null 2>&1
rm -rf "$root"/var/cache/apt/*.bin
CUSTOMIZE

mmdebstrap --quiet --variant=minbase --mode=root --include="$packages" \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook="sh $work/customize.sh \"\$1\"" bookworm "$work/root"
cp "$work/root/boot/"vmlinuz-* "$cache/vmlinuz"
cp "$work/root/boot/"initrd.img-* "$cache/initrd"
rm -f "$work/root/boot/"initrd* "$work/root/boot/"vmlinuz*
mke2fs -q -F -t ext4 -L root -E lazy_itable_init=0,lazy_journal_init=0 -d "$work/root" "$work/base.raw" 2G
mv "$work/base.raw" "$cache/base.raw"
echo "$key" >"$cache/base.key"
