# Usage: enter_root.sh ROOT FOLDER [SOURCE INSIDE rw|ro]... -- COMMAND...
# Mount the sources and run COMMAND in ROOT, in FOLDER of it. Run in a new mount namespace, which removes the mounts at its end.
set -eu
root=$1 folder=$2
shift 2
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
while [ "$1" != -- ]; do
  mkdir -p "$root$2" 2>/dev/null || true # it exists in a read-only mount
  mount --bind "$1" "$root$2"
  [ "$3" = rw ] || mount -o remount,bind,ro "$root$2"
  shift 3
done
shift
# Without exec: this shell remains process 1 of the namespace and reaps orphaned processes.
chroot "$root" /bin/sh -c 'cd "$1"; shift; exec "$@"' sh "$folder" "$@" < /dev/null
