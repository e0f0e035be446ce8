/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/namespace-maker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/number.h"
#include "io/fd.h"
#include "io/link-request.h"
#include "io/namespace.h"

#define MARK "made by pptp-supervisor"

/* The first interface of every namespace (LOOPBACK_IFINDEX of net/flow.h). */
#define LOOPBACK_IFINDEX 1

static void get_path(const char *name, char *buffer, size_t n_buffer) {
        snprintf(buffer, n_buffer, NAMESPACE_DIRECTORY "/%s", name);
}

/* ---- the links of the namespace that this process is in ---- */

/* Marks lo and sets it up in one request, so that nobody finds a marked namespace with lo down. */
static int mark_and_start_loopback(void) {
        uint8_t buffer[LINK_REQUEST_MAX_BYTES];
        struct ifinfomsg *m;
        struct nlmsghdr *h = link_request_begin(buffer, RTM_NEWLINK, NLM_F_ACK, &m);

        m->ifi_index = LOOPBACK_IFINDEX;
        m->ifi_flags = m->ifi_change = IFF_UP;
        mnl_attr_put_strz(h, IFLA_IFALIAS, MARK);

        return link_request_ask(h, NULL, NULL);
}

static int on_link(const struct nlmsghdr *h, void *userdata) {
        const struct ifinfomsg *m = mnl_nlmsg_get_payload(h);
        NamespaceUse *use = userdata;
        const struct nlattr *a;
        bool marked = false;

        if (mnl_nlmsg_get_payload_len(h) < sizeof(*m))
                return MNL_CB_OK;

        mnl_attr_for_each(a, h, sizeof(*m)) if (mnl_attr_get_type(a) == IFLA_IFALIAS &&
                                                mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0)
                marked = strcmp(mnl_attr_get_str(a), MARK) == 0;

        if (m->ifi_index == LOOPBACK_IFINDEX && !marked)
                *use = NAMESPACE_USE_FOREIGN;
        else if (m->ifi_index != LOOPBACK_IFINDEX && (m->ifi_flags & IFF_UP) &&
                 *use == NAMESPACE_USE_NONE)
                *use = NAMESPACE_USE_INTERFACES;

        return MNL_CB_OK;
}

static int look_at_links(NamespaceUse *ret_use) {
        uint8_t buffer[LINK_REQUEST_MAX_BYTES];
        struct ifinfomsg *m;
        struct nlmsghdr *h = link_request_begin(buffer, RTM_GETLINK, NLM_F_DUMP, &m);

        *ret_use = NAMESPACE_USE_NONE;
        return link_request_ask(h, on_link, ret_use);
}

/* ---- processes ---- */

/*
 * Whether a process is in the namespace. One that has ended in the meantime, or that root cannot
 * look into, is not.
 */
static bool process_is_in(uint64_t pid, ino_t inode) {
        char path[64], link[64] = "", wanted[64];

        snprintf(path, sizeof(path), "/proc/%" PRIu64 "/ns/net", pid);
        if (readlink(path, link, sizeof(link) - 1) < 0)
                return false;

        snprintf(wanted, sizeof(wanted), "net:[%" PRIu64 "]", (uint64_t) inode);
        return strcmp(link, wanted) == 0;
}

static int has_other_process(int fd, bool *ret_has) {
        const struct dirent *entry;
        struct stat st;
        bool has = false;
        DIR *d;

        if (fstat(fd, &st) < 0)
                return -errno;

        d = opendir("/proc");
        if (!d)
                return -errno;

        while (!has && (entry = readdir(d))) {
                uint64_t pid;

                if (number_parse(entry->d_name, 10, INT32_MAX, &pid) && pid != (uint64_t) getpid())
                        has = process_is_in(pid, st.st_ino);
        }

        closedir(d);
        *ret_has = has;
        return 0;
}

/* ---- all of it ---- */

/*
 * Makes NAMESPACE_DIRECTORY a shared mount, as ip-netns(8) does: units with mounts of their own
 * then see new namespaces, too.
 */
static int prepare_directory(void) {
        if (mkdir(NAMESPACE_DIRECTORY, 0755) < 0 && errno != EEXIST)
                return -errno;

        if (mount("", NAMESPACE_DIRECTORY, "none", MS_SHARED | MS_REC, NULL) == 0)
                return 0;
        if (errno != EINVAL)
                return -errno;

        if (mount(NAMESPACE_DIRECTORY, NAMESPACE_DIRECTORY, "none", MS_BIND | MS_REC, NULL) < 0 ||
            mount("", NAMESPACE_DIRECTORY, "none", MS_SHARED | MS_REC, NULL) < 0)
                return -errno;

        return 0;
}

static int make_at(const char *path) {
        int r;

        if (unshare(CLONE_NEWNET) < 0)
                return -errno;

        r = mark_and_start_loopback();
        if (r < 0)
                return r;

        return mount("/proc/thread-self/ns/net", path, "none", MS_BIND, NULL) < 0 ? -errno : 0;
}

int namespace_use_host_mounts(void) {
        _cleanup_close_ int fd = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);

        if (fd < 0 || setns(fd, CLONE_NEWNS) < 0)
                return -errno;

        return 0;
}

int namespace_make(const char *name) {
        _cleanup_close_ int fd = -EBADF;
        char path[PATH_MAX];
        int r;

        r = prepare_directory();
        if (r < 0)
                return r;

        get_path(name, path, sizeof(path));
        fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
        if (fd < 0)
                return -errno;

        r = make_at(path);
        if (r < 0)
                (void) unlink(path);

        return r;
}

int namespace_find_use(int fd, NamespaceUse *ret_use) {
        NamespaceUse use;
        bool has = false;
        int r;

        if (setns(fd, CLONE_NEWNET) < 0)
                return -errno;

        r = look_at_links(&use);
        if (r >= 0 && use == NAMESPACE_USE_NONE)
                r = has_other_process(fd, &has);
        if (r < 0)
                return r;

        *ret_use = has ? NAMESPACE_USE_PROCESSES : use;
        return 0;
}

int namespace_remove(const char *name) {
        char path[PATH_MAX];

        get_path(name, path, sizeof(path));
        if (umount2(path, MNT_DETACH) < 0 || unlink(path) < 0)
                return -errno;

        return 0;
}
