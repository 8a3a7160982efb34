#!/bin/bash
# Boots a systemd of its own: boot.sh FOLDER OWNER. Its root is the host's, written to in memory only, without what the
# host has enabled; its cgroups are a branch of the second version's tree that it takes for the whole. FOLDER/pid says
# which process it is, seen from here; killed, or when the process OWNER ends, it goes with all it has started, and
# then FOLDER goes.
set -eu
folder=$1
part=${3:-outside}

outside() {
    if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
        tree=/sys/fs/cgroup
    elif [ "$(stat -fc %T /sys/fs/cgroup/unified 2>/dev/null)" = cgroup2fs ]; then
        tree=/sys/fs/cgroup/unified
    else
        mkdir "$folder/cgroups"
        mount -t cgroup2 cgroup2 "$folder/cgroups"
        tree=$folder/cgroups
    fi
    branch=$tree/dewpoint-booted-$$
    mkdir "$branch"
    unshare --mount --uts --ipc --pid --fork --kill-child --propagation private "$0" "$folder" "$branch" namespaces &
    booted=$!
    tail --pid="$2" -f /dev/null && kill -KILL "$(cat "$folder/pid")" &
    watcher=$!
    wait "$booted" || true
    kill "$watcher" "$(pgrep -P "$watcher")" 2>/dev/null || true
    until find "$branch" -depth -type d -exec rmdir {} + 2>/dev/null; do sleep 0.05; done
    [ "$tree" != "$folder/cgroups" ] || umount "$tree"
    rm -rf "$folder"
}

# A cgroup namespace begins at the branch in which it is made.
namespaces() {
    read -r pid _ < /proc/self/stat
    echo 0 > "$2/cgroup.procs"
    echo "$pid" > "$folder/pid.new"
    exec unshare --cgroup "$0" "$folder" "$2" root
}

root() {
    mkdir "$folder/memory"
    mount -t tmpfs -o mode=755,size=1g tmpfs "$folder/memory"
    mkdir "$folder/memory/upper" "$folder/memory/work" "$folder/memory/root"
    root=$folder/memory/root
    mount -t overlay -o "lowerdir=/,upperdir=$folder/memory/upper,workdir=$folder/memory/work" overlay "$root"
    for empty in run tmp var/tmp var/log root home srv mnt etc/systemd/system etc/init.d; do
        mkdir -p "$root/$empty"
        mount -t tmpfs -o mode=755 tmpfs "$root/$empty"
    done
    rm -rf "$root/etc/dewpoint" "$root/var/lib/dewpoint"
    chmod 1777 "$root/tmp" "$root/var/tmp"
    chmod 700 "$root/root"
    for file in etc/fstab etc/crypttab etc/machine-id; do : > "$root/$file"; done
    # what would touch the kernel that it shares with the host, or wait for a network
    for unit in systemd-modules-load.service systemd-remount-fs.service systemd-sysctl.service systemd-udevd.service systemd-udev-trigger.service systemd-journald-audit.socket systemd-logind.service systemd-timesyncd.service getty.target timers.target; do
        ln -s /dev/null "$root/etc/systemd/system/$unit"
    done
    mount -t proc proc "$root/proc"
    mount -o bind,ro /proc/sys "$root/proc/sys"
    mount --bind "$root/dev/null" "$root/proc/sysrq-trigger" 2>/dev/null || true
    mount -t sysfs -o ro sysfs "$root/sys"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    for device in null zero full random urandom tty; do
        : > "$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
    done
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    ln -s pts/ptmx "$root/dev/ptmx"
    ln -s /proc/self/fd "$root/dev/fd"
    hostname booted
    mv "$folder/pid.new" "$folder/pid"
    cd "$root"
    mkdir -p mnt/host
    pivot_root . mnt/host
    umount -l mnt/host
    mount --make-rshared /
    # the clock, modules and hardware are the host's; so that systemd looks nowhere else for its command line, it is told that it is in a container
    exec setpriv --bounding-set -sys_module,-sys_time,-sys_rawio env -i container=dewpoint LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=multi-user.target
}

"$part" "$@"
