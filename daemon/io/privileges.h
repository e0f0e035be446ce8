/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a process gives up by itself: the capabilities that it does not need, for the short runs
 * that systemd starts outside of the unit's sandbox (ExecReload=, pptp-clean-up@.service), and
 * access to other processes and some system calls, for which no setting of a unit exists.
 */

#include <stdbool.h>
#include <stdint.h>

/*
 * Keeps of the capabilities of this process those in the mask (bit 1 << CAP_…) and drops all others
 * for good, for itself and whatever it may run; as no_new_privs does for set-user-ID programs.
 * Capabilities that it does not have are no error. Returns 0 or a negative errno.
 */
int privileges_keep(uint64_t capabilities);

/*
 * Enters a domain of Landlock, for good, with whatever this process will run. From then on the
 * kernel refuses each access to a process outside of the domain for which it asks what ptrace(2)
 * needs: its memory, its descriptors, its namespaces, and /proc/PID/root, which leads to sockets
 * that a unit's mounts hide (Linux: hook_ptrace_access_check() in security/landlock/ptrace.c, later
 * task.c). To root these are otherwise open in each process without more capabilities.
 * Nor can it make a symbolic link, or a folder outside of the given one: EACCES. A folder such as
 * /run/modprobe.d, which most hosts do not have, would be obeyed by other programs of root. Files
 * and sockets it can make, rename and remove below the folders of the list, NULL-terminated, alone,
 * and so no name in /dev, which the unit cannot make read-only. Both are borrowed for the call.
 * Below a folder that cannot be opened nothing is allowed.
 * From Linux 6.12 on (ABI 6 of Landlock) it can send signals to no process outside of the domain
 * either, nor reach the abstract sockets of one, as connect(2) and sendto(2) do, which no mount
 * hides: EPERM. A process inside is reached as before, and so is this one from outside.
 * Other sockets and files stay as they were; but link(2) and rename(2) into another folder fail
 * with EXDEV, mount(2) with EPERM.
 *
 * Needs no_new_privs or CAP_SYS_ADMIN. Returns 0 or a negative errno: -ENOSYS or -EOPNOTSUPP if the
 * kernel has no Landlock or it is switched off, -EPERM if the process may not enter a domain.
 */
int privileges_enter_domain(const char *folder, const char *const *file_folders);

/*
 * Has the kernel refuse system calls that the unit cannot tell from those it needs, for good, and
 * to whatever this process will run (seccomp(2)):
 *
 * - netlink sockets other than those for routes and firewall rules: EPROTONOSUPPORT. With
 *   CAP_NET_ADMIN one of NETLINK_KOBJECT_UEVENT can speak for udev, and systemd starts what the
 *   device it tells of wants (sd_device_monitor_send() in systemd; a property SYSTEMD_WANTS).
 * - prlimit(2) of another process: EPERM. One that is out of processor time is killed.
 * - chmod(2) and its like, and setxattr(2), which can do the same by an access list (acl(5)):
 *   EPERM. Root owns /run, and need only let everybody write to it.
 * - io_uring_setup(2), by which the first could be had unseen: ENOSYS.
 *
 * Relies on SystemCallArchitectures=native. Where all calls of sockets are one (socketcall(2), as
 * on 32-bit x86) the kernel cannot see the first. Needs no_new_privs or CAP_SYS_ADMIN. Returns 0 or
 * a negative errno: -EINVAL if the kernel has no such filters, -EACCES without that right.
 */
int privileges_refuse_calls(void);

/* Whether this process may use a capability (CAP_…) now. */
bool privileges_has(unsigned capability);
