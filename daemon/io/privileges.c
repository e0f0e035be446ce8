/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
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

/* Returns a descriptor of the rules of the domain, or a negative errno. */
static int domain_make_rules(void) {
        DomainRules rules = {
                .handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_SYM |
                        LANDLOCK_ACCESS_FS_MAKE_BLOCK,
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

int privileges_enter_domain(const char *folder) {
        struct landlock_path_beneath_attr beneath = { .allowed_access =
                                                              LANDLOCK_ACCESS_FS_MAKE_DIR };
        _cleanup_close_ int fd = -EBADF, folder_fd = -EBADF;

        fd = domain_make_rules();
        if (fd < 0)
                return fd;

        folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (folder_fd < 0 && errno != ENOENT)
                return -errno;

        beneath.parent_fd = folder_fd;
        if (folder_fd >= 0 &&
            syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
                return -errno;

        return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}
