/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The benchmark server's pppd plugin: a channel whose transport is a descriptor that the server
 * opened and pppd inherited. It knows nothing else.
 */

#include <stddef.h>
#include <sys/types.h>

#if __has_include(<pppd/pppdconf.h>)
#include <pppd/pppdconf.h>
#include <pppd/pppd.h>
#include <pppd/options.h>
typedef struct option Option;
#define add_plugin_options ppp_add_options
#define establish ppp_generic_establish
#define disestablish ppp_generic_disestablish
const char pppd_version[] = PPPD_VERSION;
#else
/* pppd.h of 2.4.9 defines its own bool, so stdbool.h must not come near it. */
#include <pppd/pppd.h>
#include <pppd/patchlevel.h>
typedef option_t Option;
#define add_plugin_options add_options
#define establish generic_establish_ppp
#define disestablish generic_disestablish_ppp
char pppd_version[] = VERSION;
#endif

static int bench_fd = -1;

static int bench_connect(void) {
        return bench_fd;
}

static Option bench_options[] = {
        { (char *) "bench-fd", o_int, &bench_fd, (char *) "the descriptor of the PPPoX socket" },
        {},
};

static struct channel bench_channel = {
        .options = bench_options,
        .connect = bench_connect,
        .establish_ppp = establish,
        .disestablish_ppp = disestablish,
};

void plugin_init(void);

__attribute__((visibility("default"))) void plugin_init(void) {
        add_plugin_options(bench_options);
        the_channel = &bench_channel;
#if __has_include(<pppd/pppdconf.h>)
        ppp_set_modem(0);
#else
        modem = 0;
#endif
}
