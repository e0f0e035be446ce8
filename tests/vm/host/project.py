# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds the project for a release, inside that release's root, into a tree ready to be
laid over it.

The plugin has to be compiled against the pppd of the release, and everything else against its
libraries, so meson runs in a chroot of the image's root. Nothing is written there: the sources are
bound read-only and the build directory, kept in the cache for the next run, beside them.
"""

import hashlib
import pathlib
import shutil
import subprocess

from . import image

SOURCE = pathlib.Path(__file__).resolve().parents[3]

# Runs in a mount namespace of its own, so there is nothing to unmount afterwards.
SCRIPT = """
set -e
root=$1 source=$2 build=$3 tree=$4
shift 4
mount -t tmpfs -o mode=0755 none "$root/mnt"
mkdir "$root/mnt/source" "$root/mnt/build" "$root/mnt/tree"
mount --bind -o ro "$source" "$root/mnt/source"
mount --bind "$build" "$root/mnt/build"
mount --bind "$tree" "$root/mnt/tree"
mount --bind /dev "$root/dev"
mount -t proc proc "$root/proc"
exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
        PYTHONDONTWRITEBYTECODE=1 /bin/sh -e -c '
        cd /mnt/source
        test -e /mnt/build/build.ninja || meson setup /mnt/build -Dtests=false "$@"
        ninja --quiet -C /mnt/build
        DESTDIR=/mnt/tree meson install -C /mnt/build --no-rebuild --quiet' build "$@"
"""


def build(release, log, options=()):
    """Builds with these options of meson. Returns the directory that holds what "meson install" put
    there. Ends the run on an error."""
    root = image.image_for(release, log) / "root"
    # Each source tree has a build directory for each image: builds are incremental.
    name = hashlib.sha256(f"{SOURCE} {root} {options}".encode()).hexdigest()[:12]
    directory = image.cache_directory() / "build" / f"{release}-{name}"
    build_directory, tree = directory / "build", directory / "tree"
    with image.locked(f"build-{release}-{name}"):
        build_directory.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir()
        result = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", SCRIPT, "sh",
             root, SOURCE, build_directory, tree, *options],
            text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if result.returncode != 0:
            if not (build_directory / "build.ninja").exists():
                shutil.rmtree(build_directory, ignore_errors=True)
            # Of the long list of what meson found only the end matters.
            tail = "\n".join(result.stdout.splitlines()[-60:])
            raise SystemExit(f"{tail}\nthe build for {release} failed")
    return tree
