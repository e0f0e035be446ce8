/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Imitates pppd's fsm.c, and of ccp.c and ipcp.c what the plugin hooks into: MPPE as the one
 * compression, addresses and DNS servers as the options of IPCP. Nothing is repeated by itself.
 */

#include <string.h>

#include "tests/hooks/fake-pppd.h"

#define HEADER_BYTES 4

/* RFC 1332, section 3.3, and RFC 1877 */
#define CI_ADDRESS 3
#define CI_DNS_1 129
#define CI_DNS_2 131
#define CILEN_ADDRESS_BYTES 6
#define CILEN_VJ_BYTES 6
#define CILEN_IFACEID_BYTES 10

#define CALLBACK(f, name)                        \
        do {                                     \
                if ((f)->callbacks->name)        \
                        (f)->callbacks->name(f); \
        } while (0)

/* ---- fsm.c ---- */

void fake_fsm_repeat(fsm *f) {
        unsigned char options[64];
        int n = 0;

        f->seen_ack = 0;
        if (f->callbacks->cilen && f->callbacks->addci) {
                n = f->callbacks->cilen(f);
                f->callbacks->addci(f, options, &n);
        }
        fsm_sdata(f, CONFREQ, f->reqid, options, n);
        if (f->state == ACKRCVD)
                f->state = REQSENT;
}

static void fsm_send_request(fsm *f, bool again) {
        if (!again)
                CALLBACK(f, resetci);
        f->reqid = ++f->id;
        fake_fsm_repeat(f);
}

void fake_fsm_lower_up(fsm *f) {
        if (f->state == INITIAL)
                f->state = CLOSED;
        else if (f->state == STARTING) {
                fsm_send_request(f, false);
                f->state = REQSENT;
        }
}

void fake_fsm_lower_down(fsm *f) {
        bool was_open = f->state == OPENED;

        f->state = f->state == CLOSED ? INITIAL : STARTING;
        if (was_open)
                CALLBACK(f, down);
}

void fake_fsm_open(fsm *f) {
        if (f->state == INITIAL)
                f->state = STARTING;
        else if (f->state == CLOSED) {
                fsm_send_request(f, false);
                f->state = REQSENT;
        }
}

void fake_fsm_close(fsm *f) {
        f->state = f->state == STARTING || f->state == INITIAL ? INITIAL : CLOSED;
}

static void fsm_request(fsm *f, uint8_t id, unsigned char *data, int n_data) {
        int code;

        if (f->state == CLOSED) {
                fsm_sdata(f, TERMACK, id, NULL, 0);
                return;
        }
        if (f->state == OPENED) {
                CALLBACK(f, down);
                fsm_send_request(f, false);
                f->state = REQSENT;
        }

        code = f->callbacks->reqci(f, data, &n_data, f->nakloops >= f->maxnakloops);
        fsm_sdata(f, code, id, data, n_data);
        if (code != CONFACK) {
                f->nakloops += code == CONFNAK;
                if (f->state != ACKRCVD)
                        f->state = REQSENT;
                return;
        }

        f->nakloops = 0;
        if (f->state == ACKRCVD) {
                f->state = OPENED;
                CALLBACK(f, up);
        } else
                f->state = ACKSENT;
}

static void fsm_acknowledged(fsm *f, uint8_t id, unsigned char *data, int n_data) {
        if (id != f->reqid || f->seen_ack || !f->callbacks->ackci(f, data, n_data))
                return;

        f->seen_ack = 1;
        if (f->state == ACKSENT) {
                f->state = OPENED;
                CALLBACK(f, up);
        } else if (f->state == REQSENT)
                f->state = ACKRCVD;
        else if (f->state == ACKRCVD) {
                fsm_send_request(f, true);
                f->state = REQSENT;
        }
}

static void fsm_refused(fsm *f, uint8_t code, uint8_t id, unsigned char *data, int n_data) {
        int good;

        if (id != f->reqid)
                return;

        good = code == CONFNAK ? f->callbacks->nakci(f, data, n_data, 0) :
                                 f->callbacks->rejci(f, data, n_data);
        if (good)
                fsm_send_request(f, true);
}

void fake_fsm_input(fsm *f, unsigned char *data, int n_data) {
        int length = n_data < HEADER_BYTES ? 0 : data[2] << 8 | data[3];

        if (length < HEADER_BYTES || length > n_data || f->state <= STARTING)
                return;

        switch (data[0]) {
        case CONFREQ:
                fsm_request(f, data[1], data + HEADER_BYTES, length - HEADER_BYTES);
                break;
        case CONFACK:
                fsm_acknowledged(f, data[1], data + HEADER_BYTES, length - HEADER_BYTES);
                break;
        case CONFNAK:
        case CONFREJ:
                fsm_refused(f, data[0], data[1], data + HEADER_BYTES, length - HEADER_BYTES);
                break;
        case TERMREQ: {
                bool was_open = f->state == OPENED;

                f->state = STOPPING;
                if (was_open)
                        CALLBACK(f, down);
                fsm_sdata(f, TERMACK, data[1], NULL, 0);
                break;
        }
        }
}

/* ---- ccp.c ---- */

static uint32_t ccp_read_bits(const unsigned char *data) {
        return (uint32_t) data[0] << 24 | (uint32_t) data[1] << 16 | (uint32_t) data[2] << 8 |
                data[3];
}

static uint8_t ccp_bits_to_options(uint32_t bits) {
        return (bits & MPPE_BIT_128 ? MPPE_OPT_128 : 0) | (bits & MPPE_BIT_40 ? MPPE_OPT_40 : 0) |
                (bits & MPPE_BIT_STATELESS ? 0 : MPPE_OPT_STATEFUL);
}

static void ccp_reset(fsm *f) {
        ccp_gotoptions[f->unit] = ccp_wantoptions[f->unit];
}

/* pppd hands the key over with each request, and a direction of the kernel's begins afresh. */
static void ccp_give_key(fsm *f, uint8_t key, int for_transmit) {
        unsigned char option[CILEN_MPPE + MPPE_MAX_KEY_LEN] = { CI_MPPE, CILEN_MPPE };

        memset(option + CILEN_MPPE, key, MPPE_MAX_KEY_LEN);
        ccp_test(f->unit, option, sizeof(option), for_transmit);
}

static int ccp_length(fsm *f) {
        return ccp_gotoptions[f->unit].mppe ? CILEN_MPPE : 0;
}

static void ccp_add(fsm *f, unsigned char *data, int *n_data) {
        uint8_t mppe = ccp_gotoptions[f->unit].mppe;

        *n_data = ccp_length(f);
        if (*n_data == 0)
                return;

        data[0] = CI_MPPE;
        data[1] = CILEN_MPPE;
        memset(data + 2, 0, 4);
        data[2] = mppe & MPPE_OPT_STATEFUL ? 0 : 1;
        data[5] = (mppe & MPPE_OPT_128 ? 0x40 : 0) | (mppe & MPPE_OPT_40 ? 0x20 : 0);
        ccp_give_key(f, FAKE_RECEIVE_KEY, 0);
}

static int ccp_acknowledge(fsm *f, unsigned char *data, int n_data) {
        return n_data == ccp_length(f);
}

/* What pppd makes of any bit that it did not ask for. */
static int ccp_nak(fsm *f, unsigned char *data, int n_data, int treat_as_reject) {
        if (ccp_gotoptions[f->unit].mppe)
                lcp_close(f->unit, "MPPE required but peer negotiation failed");
        return 1;
}

static int ccp_reject(fsm *f, unsigned char *data, int n_data) {
        if (ccp_gotoptions[f->unit].mppe)
                lcp_close(f->unit, "MPPE required but peer refused");
        ccp_gotoptions[f->unit].mppe = 0;
        return 1;
}

static int ccp_request(fsm *f, unsigned char *data, int *n_data, int dont_nak) {
        const uint8_t allowed = ccp_allowoptions[f->unit].mppe;
        uint8_t wanted;

        memset(&ccp_hisoptions[f->unit], 0, sizeof(ccp_hisoptions[f->unit]));
        if (*n_data == 0)
                return CONFACK;
        if (*n_data != CILEN_MPPE || data[0] != CI_MPPE || !allowed)
                return CONFREJ;

        wanted = ccp_bits_to_options(ccp_read_bits(data + 2));
        if (!(wanted & allowed & (MPPE_OPT_128 | MPPE_OPT_40)))
                return CONFREJ;

        /* With each acknowledgement, once more */
        ccp_hisoptions[f->unit].mppe = wanted;
        pppd_set_mtu(f->unit, pppd_get_mtu(f->unit) - MPPE_PAD);
        ccp_give_key(f, FAKE_SEND_KEY, 1);
        return CONFACK;
}

static void ccp_up(fsm *f) {
        ccp_flags_set(f->unit, 1, 1);
        if (ccp_gotoptions[f->unit].mppe)
                ipcp_protent.open(0);
}

static void ccp_down(fsm *f) {
        ccp_flags_set(f->unit, 1, 0);
        if (ccp_gotoptions[f->unit].mppe)
                lcp_close(f->unit, "MPPE disabled");
}

fsm_callbacks fake_ccp_callbacks = {
        .resetci = ccp_reset,
        .cilen = ccp_length,
        .addci = ccp_add,
        .ackci = ccp_acknowledge,
        .nakci = ccp_nak,
        .rejci = ccp_reject,
        .reqci = ccp_request,
        .up = ccp_up,
        .down = ccp_down,
};

/* ---- ipcp.c ---- */

static void ipcp_reset(fsm *f) {
        ipcp_wantoptions[f->unit].req_addr = 1;
        ipcp_gotoptions[f->unit] = ipcp_wantoptions[f->unit];
        ipcp_hisoptions[f->unit].hisaddr = 0;
}

static int ipcp_length(fsm *f) {
        const ipcp_options *o = &ipcp_gotoptions[f->unit];

        return (1 + (o->req_dns1 != 0) + (o->req_dns2 != 0)) * CILEN_ADDRESS_BYTES;
}

static unsigned char *ipcp_add_address(unsigned char *data, uint8_t type, uint32_t address) {
        data[0] = type;
        data[1] = CILEN_ADDRESS_BYTES;
        memcpy(data + 2, &address, 4);
        return data + CILEN_ADDRESS_BYTES;
}

static void ipcp_add(fsm *f, unsigned char *data, int *n_data) {
        const ipcp_options *o = &ipcp_gotoptions[f->unit];

        *n_data = ipcp_length(f);
        data = ipcp_add_address(data, CI_ADDRESS, o->ouraddr);
        if (o->req_dns1)
                data = ipcp_add_address(data, CI_DNS_1, o->dnsaddr[0]);
        if (o->req_dns2)
                ipcp_add_address(data, CI_DNS_2, o->dnsaddr[1]);
}

static int ipcp_acknowledge(fsm *f, unsigned char *data, int n_data) {
        return n_data == ipcp_length(f);
}

static int ipcp_nak(fsm *f, unsigned char *data, int n_data, int treat_as_reject) {
        ipcp_options *o = &ipcp_gotoptions[f->unit];

        for (; n_data >= CILEN_ADDRESS_BYTES;
             data += CILEN_ADDRESS_BYTES, n_data -= CILEN_ADDRESS_BYTES) {
                uint32_t *address = data[0] == CI_ADDRESS ? &o->ouraddr :
                        data[0] == CI_DNS_1               ? &o->dnsaddr[0] :
                                                            &o->dnsaddr[1];

                memcpy(address, data + 2, 4);
        }
        return 1;
}

static int ipcp_reject(fsm *f, unsigned char *data, int n_data) {
        for (; n_data >= CILEN_ADDRESS_BYTES;
             data += CILEN_ADDRESS_BYTES, n_data -= CILEN_ADDRESS_BYTES) {
                if (data[0] == CI_DNS_1)
                        ipcp_gotoptions[f->unit].req_dns1 = 0;
                if (data[0] == CI_DNS_2)
                        ipcp_gotoptions[f->unit].req_dns2 = 0;
        }
        return 1;
}

/* As ipcp_reqci() with an offer of VJ compression, which may stand behind the address. */
static int ipcp_request_vj(int unit, unsigned char *data, int *n_data) {
        const ipcp_options *ao = &ipcp_allowoptions[unit];
        ipcp_options *ho = &ipcp_hisoptions[unit];

        if (data[1] != CILEN_VJ_BYTES || !ao->neg_vj) {
                memmove(data - CILEN_ADDRESS_BYTES, data, data[1]);
                *n_data = data[1];
                return CONFREJ;
        }

        ho->neg_vj = 1;
        ho->maxslotindex = data[4];
        ho->cflag = data[5];
        return ho->maxslotindex <= ao->maxslotindex && (!ho->cflag || ao->cflag) ? CONFACK :
                                                                                   CONFNAK;
}

static int ipcp_request(fsm *f, unsigned char *data, int *n_data, int dont_nak) {
        ipcp_hisoptions[f->unit].neg_vj = 0;
        if (*n_data < CILEN_ADDRESS_BYTES || data[0] != CI_ADDRESS)
                return *n_data == 0 ? CONFACK : CONFREJ;

        memcpy(&ipcp_hisoptions[f->unit].hisaddr, data + 2, 4);
        if (*n_data == CILEN_ADDRESS_BYTES)
                return CONFACK;

        if (data[CILEN_ADDRESS_BYTES] != CI_COMPRESSTYPE)
                return CONFREJ;
        return ipcp_request_vj(f->unit, data + CILEN_ADDRESS_BYTES, n_data);
}

static void ipcp_up(fsm *f) {
        /* As ipcp_up() with sifvjcomp(). */
        fake_kernel_set_compresses_headers(ipcp_hisoptions[f->unit].neg_vj);
        /* As ipcp_up(): the next negotiation begins with the address that this one ended with. */
        ipcp_wantoptions[f->unit].ouraddr = ipcp_gotoptions[f->unit].ouraddr;
        fake_pppd_set_phase(PHASE_RUNNING);
        fake_notify_ip(true);
}

static void ipcp_down(fsm *f) {
        fake_notify_ip(false);
        fake_pppd_set_phase(PHASE_NETWORK);
}

fsm_callbacks fake_ipcp_callbacks = {
        .resetci = ipcp_reset,
        .cilen = ipcp_length,
        .addci = ipcp_add,
        .ackci = ipcp_acknowledge,
        .nakci = ipcp_nak,
        .rejci = ipcp_reject,
        .reqci = ipcp_request,
        .up = ipcp_up,
        .down = ipcp_down,
};

/* ---- ipv6cp.c ---- */

static int ipv6cp_length(_unused_ fsm *f) {
        return CILEN_IFACEID_BYTES;
}

static void ipv6cp_add(fsm *f, unsigned char *data, int *n_data) {
        *n_data = CILEN_IFACEID_BYTES;
        data[0] = CI_IFACEID;
        data[1] = CILEN_IFACEID_BYTES;
        memcpy(data + 2, &ipv6cp_gotoptions[f->unit].ourid, sizeof(eui64_t));
}

static int ipv6cp_acknowledge(_unused_ fsm *f, _unused_ unsigned char *data, int n_data) {
        return n_data == CILEN_IFACEID_BYTES;
}

static int ipv6cp_request(fsm *f, unsigned char *data, int *n_data, _unused_ int dont_nak) {
        if (*n_data != CILEN_IFACEID_BYTES || data[0] != CI_IFACEID)
                return CONFREJ;

        memcpy(&ipv6cp_hisoptions[f->unit].hisid, data + 2, sizeof(eui64_t));
        return CONFACK;
}

/* As ipv6cp_up(), when nothing else is up: np_up() of auth.c sets the filter of pass-filter. */
static void ipv6cp_up(_unused_ fsm *f) {
        fake_kernel_set_filter(&(struct sock_fprog){ .len = 0 });
        fake_notify_ipv6(true);
}

static void ipv6cp_down(_unused_ fsm *f) {
        fake_notify_ipv6(false);
}

static fsm_callbacks ipv6cp_callbacks = {
        .cilen = ipv6cp_length,
        .addci = ipv6cp_add,
        .ackci = ipv6cp_acknowledge,
        .reqci = ipv6cp_request,
        .up = ipv6cp_up,
        .down = ipv6cp_down,
};

static void input_ipv6cp(int unit, unsigned char *data, int n_data) {
        fake_fsm_input(&ipv6cp_fsm[unit], data, n_data);
}

/* ---- the protocols that pppd calls these by ---- */

static void input_ccp(int unit, unsigned char *data, int n_data) {
        fake_fsm_input(&ccp_fsm[unit], data, n_data);
}

static void input_ipcp(int unit, unsigned char *data, int n_data) {
        fake_fsm_input(&ipcp_fsm[unit], data, n_data);
}

static void open_ccp(int unit) {
        fake_fsm_open(&ccp_fsm[unit]);
}

static void open_ipcp(int unit) {
        fake_fsm_open(&ipcp_fsm[unit]);
}

static void lower_up_ipcp(int unit) {
        fake_fsm_lower_up(&ipcp_fsm[unit]);
}

static void lower_down_ipcp(int unit) {
        fake_fsm_lower_down(&ipcp_fsm[unit]);
}

/* As ipcp_protrej(), after which only another Up of LCP would help. */
static void reject_ipcp(int unit) {
        fake_fsm_lower_down(&ipcp_fsm[unit]);
}

/* As fsm_close() of an open protocol. */
static void close_protocol(fsm *f, char *reason) {
        if (f->state <= STARTING) {
                fake_fsm_close(f);
                return;
        }

        CALLBACK(f, down);
        f->state = CLOSING;
        fsm_sdata(f, TERMREQ, ++f->reqid, (unsigned char *) reason, (int) strlen(reason));
}

static void close_ipcp(int unit, char *reason) {
        close_protocol(&ipcp_fsm[unit], reason);
}

static void close_ipv6cp(int unit, char *reason) {
        close_protocol(&ipv6cp_fsm[unit], reason);
}

static void reject_ccp(int unit) {
        fsm *f = &ccp_fsm[unit];

        if (f->state == OPENED)
                CALLBACK(f, down);
        f->state = CLOSED;
}

void fake_fsm_reset(void) {
        ccp_protent.input = input_ccp;
        ccp_protent.open = open_ccp;
        ccp_protent.protrej = reject_ccp;
        ipcp_protent.input = input_ipcp;
        ipcp_protent.open = open_ipcp;
        ipcp_protent.close = close_ipcp;
        ipcp_protent.lowerup = lower_up_ipcp;
        ipcp_protent.lowerdown = lower_down_ipcp;
        ipcp_protent.protrej = reject_ipcp;
        ccp_fsm[0] = (fsm){
                .protocol = PROTOCOL_CCP,
                .maxnakloops = DEFMAXNAKLOOPS,
                .callbacks = &fake_ccp_callbacks,
        };
        ipcp_fsm[0] = (fsm){
                .protocol = PROTOCOL_IPCP,
                .maxnakloops = DEFMAXNAKLOOPS,
                .callbacks = &fake_ipcp_callbacks,
        };
        ipv6cp_protent.enabled_flag = true;
        ipv6cp_protent.input = input_ipv6cp;
        ipv6cp_protent.close = close_ipv6cp;
        ipv6cp_fsm[0] = (fsm){
                .protocol = PROTOCOL_IPV6CP,
                .maxnakloops = DEFMAXNAKLOOPS,
                .callbacks = &ipv6cp_callbacks,
        };
        memset(&ipv6cp_gotoptions[0], 0, sizeof(ipv6cp_gotoptions[0]));
        memset(&ipv6cp_hisoptions[0], 0, sizeof(ipv6cp_hisoptions[0]));
        memset(&ccp_wantoptions[0], 0, sizeof(ccp_wantoptions[0]));
        memset(&ccp_gotoptions[0], 0, sizeof(ccp_gotoptions[0]));
        memset(&ccp_hisoptions[0], 0, sizeof(ccp_hisoptions[0]));
        memset(&ccp_allowoptions[0], 0, sizeof(ccp_allowoptions[0]));
        memset(&ipcp_wantoptions[0], 0, sizeof(ipcp_wantoptions[0]));
        memset(&ipcp_gotoptions[0], 0, sizeof(ipcp_gotoptions[0]));
        memset(&ipcp_hisoptions[0], 0, sizeof(ipcp_hisoptions[0]));
}
