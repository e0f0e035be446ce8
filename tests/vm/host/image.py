# SPDX-License-Identifier: GPL-2.0-or-later
"""Images of Debian releases, built with mmdebstrap and kept in a cache.

An image is a directory KEY/ of the cache with four things in it: root/, the installed system, in
which the project is built for that release (project.py); disk.img, the same as ext4; vmlinuz and
initrd.img, for qemu to boot directly. KEY is a hash of everything that the image is made from, so a
changed recipe is another image, and an image that is there is whole: it is renamed into place last.
The project itself is not in it. It is laid over the root at each boot (guest/boot).
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
RELEASES = ("bookworm", "trixie")

RUN_PACKAGES = """
    systemd systemd-sysv systemd-resolved dbus udev kmod linux-image-amd64 initramfs-tools procps
    iproute2 iputils-ping nftables ethtool tcpdump python3 ppp pptpd pptp-linux libmnl0 dnsmasq-base
    network-manager
""".split()

BUILD_PACKAGES = """
    gcc libc6-dev meson ninja-build pkg-config libsystemd-dev libmnl-dev libnftnl-dev ppp-dev
    libcmocka-dev
""".split()

RELEASE_PACKAGES = {
    "bookworm": ["systemd"],
    "trixie": ["systemd-dev"],
}

# Cannot be installed beside systemd-resolved, and are there for a case to unpack.
DOWNLOADED_PACKAGES = ["resolvconf", "openresolv"]
DOWNLOADS = "usr/local/share/packages"

# What a virtual machine without a screen never loads or reads: a third of the image.
EXCLUDE = """
    /usr/share/doc/* /usr/share/man/* /usr/share/info/* /usr/share/locale/*
    */kernel/sound/* */kernel/drivers/gpu/* */kernel/drivers/media/* */kernel/drivers/infiniband/*
    */kernel/drivers/iio/* */kernel/drivers/usb/* */kernel/drivers/hid/* */kernel/drivers/scsi/*
    */kernel/drivers/staging/* */kernel/drivers/input/* */kernel/drivers/hwmon/*
    */kernel/drivers/net/wireless/* */kernel/drivers/net/ethernet/* */kernel/drivers/net/usb/*
    */kernel/drivers/net/can/* */kernel/drivers/net/phy/* */kernel/drivers/mtd/*
    */kernel/drivers/md/* */kernel/drivers/target/* */kernel/drivers/platform/*
    */kernel/fs/xfs/* */kernel/fs/btrfs/* */kernel/fs/ocfs2/* */kernel/fs/gfs2/* */kernel/fs/nfs*/*
    */kernel/fs/ceph/* */kernel/fs/smb/* */kernel/fs/f2fs/* */kernel/fs/bcachefs/*
""".split()

# The initrd needs to find the root and no more: 8 MB instead of 36, two seconds of each boot.
INITRD_HOOK = """#!/bin/sh
[ "$1" = prereqs ] && exit 0
. /usr/share/initramfs-tools/hook-functions
force_load virtio_pci
force_load virtio_blk
force_load ext4
"""

# All that the image knows of the tests: mount what the host shares, and go on with the boot script
# found there.
FILES = {
    "etc/hostname": "client\n",
    "etc/hosts": "127.0.0.1 localhost client\n::1 localhost\n",
    "etc/machine-id": "c0ffee00c0ffee00c0ffee00c0ffee00\n",
    "etc/fstab": "",
    "etc/modules-load.d/share.conf": "9pnet_virtio\n9p\n",
    "etc/systemd/journald.conf.d/test.conf":
        "[Journal]\nStorage=volatile\nRuntimeMaxUse=256M\nRateLimitIntervalSec=0\n",
    "etc/systemd/resolved.conf.d/test.conf":
        "[Resolve]\nFallbackDNS=\nMulticastDNS=no\nLLMNR=no\n",
    "etc/systemd/system/serial-getty@ttyS0.service.d/login.conf":
        "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root --noclear ttyS0 linux\n",
    "etc/systemd/system/test-machine.service": """\
[Unit]
Description=The tests
After=basic.target dbus.service systemd-resolved.service

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/test-machine
StandardOutput=journal+console
TimeoutStartSec=infinity
KillMode=process

[Install]
WantedBy=multi-user.target
""",
    "usr/local/sbin/test-machine": """#!/bin/sh -e
for tag in tests tree results; do
        mkdir -p /run/host/$tag
        mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 $tag /run/host/$tag
done
exec /run/host/tests/guest/boot
""",
}

# Nobody logs in; and logind would have systemd tell the bus of each change of each unit.
UNWANTED_UNITS = """
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
    e2scrub_reap.service systemd-timesyncd.service pptpd.service systemd-networkd.service
    systemd-networkd-wait-online.service systemd-pstore.service NetworkManager.service
    NetworkManager-wait-online.service NetworkManager-dispatcher.service
    systemd-logind.service
""".split()

# Each "systemctl daemon-reload" runs them all. They look for a swap, a console and the like.
UNWANTED_GENERATORS = """
    systemd-cryptsetup-generator systemd-debug-generator systemd-getty-generator
    systemd-gpt-auto-generator systemd-hibernate-resume-generator systemd-integritysetup-generator
    systemd-rc-local-generator systemd-run-generator systemd-ssh-generator
    systemd-system-update-generator systemd-sysv-generator systemd-tpm2-generator
    systemd-veritysetup-generator
""".split()


def cache_directory():
    """PPTP_SUPERVISOR_CACHE, or pptp-supervisor under the user's cache directory."""
    own = os.environ.get("PPTP_SUPERVISOR_CACHE")
    if own:
        return pathlib.Path(own).absolute()
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(home) / "pptp-supervisor"


@contextlib.contextmanager
def locked(name):
    """Holds a lock of the cache, so that two runs do not build the same thing at once."""
    path = cache_directory() / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def image_for(release, log):
    """Returns the image's directory, after building it if it is not there. log is told in words."""
    directory = cache_directory() / f"{release}-{_key(release)}"
    with locked(release):
        if not directory.exists():
            started = time.monotonic()
            log(f"building the {release} image, about a minute, once")
            _build(release, directory)
            log(f"built the {release} image in {time.monotonic() - started:.0f} s")
            _forget_unused(release)
        os.utime(directory)
    return directory


def _key(release):
    recipe = repr((release, RUN_PACKAGES, BUILD_PACKAGES, RELEASE_PACKAGES, EXCLUDE, INITRD_HOOK,
                   sorted(FILES.items()), UNWANTED_UNITS, UNWANTED_GENERATORS))
    own_text = pathlib.Path(__file__).read_text()
    return hashlib.sha256((recipe + own_text).encode()).hexdigest()[:12]


def _build(release, directory):
    work = pathlib.Path(tempfile.mkdtemp(prefix=f".{release}-", dir=directory.parent))
    try:
        root = work / "root"
        _install(release, work, root)
        _configure(root)
        boot = root / "boot"
        shutil.copy(next(boot.glob("vmlinuz-*")), work / "vmlinuz")
        shutil.copy(next(boot.glob("initrd.img-*")), work / "initrd.img")
        _make_disk(root, work / "disk.img")
        work.chmod(0o755)
        work.rename(directory)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def _install(release, work, root):
    packages = RUN_PACKAGES + BUILD_PACKAGES + RELEASE_PACKAGES[release]
    command = ["mmdebstrap", "--mode=root", "--variant=minbase", "--format=directory",
               "--include=" + ",".join(packages)]
    command += [f"--aptopt={option}" for option in _apt_options()]
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in EXCLUDE]

    # In place before the kernel is installed, whose installation makes the initrd.
    hook = work / "initrd-hook"
    hook.write_text(INITRD_HOOK)
    hook.chmod(0o755)
    command += [
        '--essential-hook=mkdir -p "$1/etc/initramfs-tools/hooks" "$1/etc/initramfs-tools/conf.d"',
        f'--essential-hook=cp {hook} "$1/etc/initramfs-tools/hooks/virtual-machine"',
        '--essential-hook=printf "MODULES=list\\nRESUME=none\\n" '
        '>"$1/etc/initramfs-tools/conf.d/virtual-machine"',
    ]

    command += [
        f'--customize-hook=mkdir -p "$1/{DOWNLOADS}" && cd "$1/{DOWNLOADS}" && '
        'APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get download ' + " ".join(DOWNLOADED_PACKAGES)]

    sources = work / "sources.list"
    sources.write_text(_sources(release))
    with open(work / "mmdebstrap.log", "w+") as log:
        status = subprocess.run(command + ["", root, sources], stdin=subprocess.DEVNULL,
                                stdout=log, stderr=subprocess.STDOUT).returncode
        if status != 0:
            log.seek(0)
            raise SystemExit(log.read()[-6000:] + f"\nmmdebstrap failed with status {status}")


def _host_release():
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    raise SystemExit("/etc/os-release names no release; the host must be Debian")


def _sources(release):
    """The host's own Debian sources with the release's name instead of the host's."""
    host = _host_release()
    targets = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
         "Created-By: Packages"], check=True, text=True, capture_output=True).stdout
    lines = []
    for target in targets.splitlines():
        uri, suite, component = target.split()
        if component == "main" and suite in (host, f"{host}-updates", f"{host}-security"):
            line = f"deb [signed-by={KEYRING}] {uri} {suite.replace(host, release)} {component}\n"
            if line not in lines:
                lines.append(line)
    if not lines:
        raise SystemExit(f"apt has no source for {host} main; see apt-get indextargets")
    return "".join(lines)


def _apt_options():
    """How the host reaches its mirror (a proxy, say), as lines of apt.conf."""
    dump = subprocess.run(["apt-config", "dump", "--format", '%F "%v";%n', "Acquire"],
                          check=True, text=True, capture_output=True).stdout
    wanted = ("Acquire::http::", "Acquire::https::", "Acquire::Check-", "Acquire::Retries")
    return ['Apt::Install-Recommends "false"', 'Acquire::Languages "none"'] + [
        line.rstrip(";") for line in dump.splitlines()
        if line.startswith(wanted) and not line.endswith('"";')]


def _configure(root):
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text)
    (root / "usr/local/sbin/test-machine").chmod(0o755)

    units = root / "etc/systemd/system"
    for unit in UNWANTED_UNITS:
        (units / unit).unlink(missing_ok=True)
        (units / unit).symlink_to("/dev/null")
    generators = root / "etc/systemd/system-generators"
    generators.mkdir(exist_ok=True)
    for generator in UNWANTED_GENERATORS:
        (generators / generator).symlink_to("/dev/null")
    wants = units / "multi-user.target.wants"
    wants.mkdir(exist_ok=True)
    (wants / "test-machine.service").symlink_to("/etc/systemd/system/test-machine.service")
    resolv = root / "etc/resolv.conf"
    resolv.unlink(missing_ok=True)
    resolv.symlink_to("../run/systemd/resolve/stub-resolv.conf")


def _make_disk(root, disk):
    used = int(subprocess.run(["du", "-s", "--block-size=1M", root], check=True, text=True,
                              capture_output=True).stdout.split()[0])
    # Room for the project, the journal and what the cases write; the file is sparse.
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-m", "0", "-d", root, disk,
                    f"{used * 5 // 4 + 512}M"], check=True, stdin=subprocess.DEVNULL)


def _forget_unused(release, days=7):
    for directory in cache_directory().glob(f"{release}-*"):
        if directory.is_dir() and directory.stat().st_mtime < time.time() - days * 86400:
            shutil.rmtree(directory, ignore_errors=True)
