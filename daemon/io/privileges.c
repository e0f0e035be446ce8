/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/macros.h"
#include "io/fd.h"

int privileges_keep(uint64_t capabilities) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -errno;
        if (syscall(SYS_capget, &header, data) < 0)
                return -errno;

        for (size_t i = 0; i < ELEMENTSOF(data); i++) {
                uint32_t mask = (uint32_t) (capabilities >> (32 * i));

                data[i].permitted &= mask;
                data[i].effective &= mask;
                data[i].inheritable = 0;
        }

        /* The bounding set needs no change: without a privileged exec it gives nothing back. */
        if (syscall(SYS_capset, &header, data) < 0)
                return -errno;

        return 0;
}

bool privileges_has(unsigned capability) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

        return syscall(SYS_capget, &header, data) == 0 &&
                (data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability));
}

/*
 * struct landlock_ruleset_attr of Linux 6.12 and its flags, which older headers lack. An older
 * kernel takes it too as long as the fields that it does not know are 0.
 */
typedef struct DomainRules {
        uint64_t handled_access_fs;
        uint64_t handled_access_net;
        uint64_t scoped;
} DomainRules;

#define SCOPE_ABSTRACT_UNIX_SOCKET (UINT64_C(1) << 0)
#define SCOPE_SIGNAL (UINT64_C(1) << 1)
#define SCOPES_MIN_ABI 6

/* To make, rename and remove them. */
#define FILES                                                         \
        (LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | \
         LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_REMOVE_FILE)

/* Returns a descriptor of the rules of the domain, or a negative errno. */
static int domain_make_rules(void) {
        DomainRules rules = {
                .handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SYM |
                        LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_CHAR | FILES,
        };
        int abi, fd;

        abi = (int) syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
        if (abi < 0)
                return -errno;
        if (abi >= SCOPES_MIN_ABI)
                rules.scoped = SCOPE_SIGNAL | SCOPE_ABSTRACT_UNIX_SOCKET;

        fd = (int) syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
        return fd < 0 ? -errno : fd;
}

/*
 * Allows an access below a folder; not below one that cannot be opened, as when its disk is broken.
 * Returns 0 or a negative errno.
 */
static int domain_allow(int rules_fd, const char *folder, uint64_t access) {
        struct landlock_path_beneath_attr beneath = { .allowed_access = access };
        _cleanup_close_ int fd = -EBADF;

        fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return 0;

        beneath.parent_fd = fd;
        return syscall(SYS_landlock_add_rule, rules_fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) <
                        0 ?
                -errno :
                0;
}

int privileges_enter_domain(const char *folder, const char *const *file_folders) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        fd = domain_make_rules();
        if (fd < 0)
                return fd;

        r = domain_allow(fd, folder, LANDLOCK_ACCESS_FS_MAKE_DIR);
        for (; r >= 0 && *file_folders; file_folders++)
                r = domain_allow(fd, *file_folders, FILES);
        if (r < 0)
                return r;

        return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}

/* Of Linux 6.6 and 6.13; older headers lack them. */
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif
#ifndef __NR_setxattrat
#define __NR_setxattrat 463
#endif

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW_HALF_BYTES 4
#else
#define LOW_HALF_BYTES 0
#endif

#define LOAD_NUMBER BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
/* All arguments that matter are of the type int. */
#define LOAD_ARGUMENT(i)                   \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
                 offsetof(struct seccomp_data, args[0]) + 8 * (i) + LOW_HALF_BYTES)
/* Goes on behind so many instructions. */
#define IF_EQUAL(value, n_if, n_else) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, n_if, n_else)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))

int privileges_refuse_calls(void) {
        struct sock_filter filter[] = {
                LOAD_NUMBER,

                IF_EQUAL(__NR_io_uring_setup, 0, 1),
                REFUSE(ENOSYS),

#ifdef __NR_chmod
                IF_EQUAL(__NR_chmod, 7, 0),
#endif
                IF_EQUAL(__NR_fchmod, 6, 0),
                IF_EQUAL(__NR_fchmodat, 5, 0),
                IF_EQUAL(__NR_fchmodat2, 4, 0),
                IF_EQUAL(__NR_setxattr, 3, 0),
                IF_EQUAL(__NR_lsetxattr, 2, 0),
                IF_EQUAL(__NR_fsetxattr, 1, 0),
                IF_EQUAL(__NR_setxattrat, 0, 1),
                REFUSE(EPERM),

#ifdef __NR_socket
                IF_EQUAL(__NR_socket, 0, 7),
                LOAD_ARGUMENT(0),
                IF_EQUAL(AF_NETLINK, 0, 3),
                LOAD_ARGUMENT(2),
                IF_EQUAL(NETLINK_ROUTE, 1, 0),
                IF_EQUAL(NETLINK_NETFILTER, 0, 1),
                ALLOW,
                REFUSE(EPROTONOSUPPORT),
#endif

                IF_EQUAL(__NR_prlimit64, 0, 3),
                LOAD_ARGUMENT(0),
                IF_EQUAL(0, 1, 0),
                REFUSE(EPERM),
                ALLOW,
        };
        const struct sock_fprog program = {
                .len = ELEMENTSOF(filter),
                .filter = filter,
        };

        return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}
