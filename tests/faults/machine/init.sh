#!/bin/bash
# init.sh: process 1 of the machine of `machine_rig.py`, a Linux of its own in user-mode-linux; its words are on the kernel's command line.
# Sees:   the host's whole file tree read-only (hostfs), so the host's Python and project; $SHARED read-write at the same path.
# Does:   what it is asked by `answering.py`, until nothing is asked any more; or loses its power, see `Machine.cut_power`.
export PATH=/run/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/run TMPDIR=/run/tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2> /dev/null
mount -t tmpfs tmpfs /run
mkdir -p /run/bin /run/tmp /run/samba /run/kernel/lib/modules
for folder in /var/lib/nfs /var/lib/samba /var/cache/samba /var/log; do [ -d $folder ] && mount -t tmpfs tmpfs $folder; done
mkdir -p /var/log/samba /var/lib/samba/private
mount -t hostfs none "$SHARED" -o "$SHARED"

# Its kernel's modules, from where the package puts them, also for those that the kernel itself asks for.
ln -s "/usr/lib/uml/modules/$(uname -r)" /run/kernel/lib/modules/
printf '#!/bin/sh\nexec /sbin/modprobe -d /run/kernel "$@"\n' > /run/bin/modprobe
chmod +x /run/bin/modprobe
echo /run/bin/modprobe > /proc/sys/kernel/modprobe

# Only a flush may bring something to a disk: nothing goes there by the way, as it would after some seconds.
echo 360000 > /proc/sys/vm/dirty_writeback_centisecs
echo 360000 > /proc/sys/vm/dirty_expire_centisecs
ip link set lo up
cd "$PROJECT" && PYTHONPATH="$PROJECT" "$PYTHON" -B "$(dirname "$0")/answering.py" "$DESK"
echo o > /proc/sysrq-trigger
sleep 5
