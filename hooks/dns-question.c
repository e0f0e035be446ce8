/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Name servers beside the address, where the server may have none to give. One that rejects both
 * questions for them costs a round trip each time: the rejection, and a request without them. So
 * two requests go out at once, the first with the questions and the second without. A server that
 * rejects them has the second to answer, and nothing is lost. One that suggests some is asked for
 * them.
 *
 * A server that has rejected them the last time may have some now, since its administrator has set
 * them up: that costs a round trip once. A server that is called for the first time suggests an
 * address as well, which takes the same round trip.
 *
 * A Configure-Request may follow another that is not answered yet: the second counts, and pppd
 * takes no notice of an answer with the identifier of the first (RFC 1661, section 5.1).
 */

#include <string.h>

#include "hooks/plugin.h"

/* RFC 1332, section 3.3; RFC 1877, sections 1.1 and 1.3 */
#define OPTION_ADDRESS 3
#define OPTION_DNS1 129
#define OPTION_DNS2 131
#define OPTION_BYTES 6

static PacketInput pppd_input;
static void (*pppd_open)(int unit);

static bool is_outstanding;
static uint8_t question_id;

static void write_option(unsigned char *option, uint8_t type, uint32_t address) {
        option[0] = type;
        option[1] = OPTION_BYTES;
        memcpy(option + 2, &address, sizeof(address));
}

static void send_question(fsm *f) {
        unsigned char options[3 * OPTION_BYTES];

        write_option(options, OPTION_ADDRESS, ip_configuration_get_address().s_addr);
        write_option(options + OPTION_BYTES, OPTION_DNS1, INADDR_ANY);
        write_option(options + 2 * OPTION_BYTES, OPTION_DNS2, INADDR_ANY);
        question_id = ++f->id;
        is_outstanding = true;
        fsm_sdata(f, CONFREQ, question_id, options, sizeof(options));
}

/* Sends the question ahead of pppd's own first request, which follows here. */
static void dns_question_open(int unit) {
        fsm *f = &ipcp_fsm[unit];

        if (f->state == CLOSED && !ip_configuration_asks_for_dns())
                send_question(f);
        pppd_open(unit);
}

/*
 * Whether an answer says the same as last time. Of a server that rejects one at a time only the
 * first is seen.
 */
static bool is_rejection(const unsigned char *data, int n_data) {
        if (data[0] != CONFREJ)
                return false;

        for (int pos = CONTROL_HEADER_BYTES; pos + OPTION_BYTES <= n_data; pos += OPTION_BYTES)
                if (data[pos] == OPTION_DNS1)
                        return true;

        return false;
}

/*
 * Has pppd take the answer for one to its own request, as if that had asked as well: it makes
 * another request, with what the server suggests or without what it rejects.
 */
static void take_news(fsm *f, unsigned char *data, int n_data) {
        ip_configuration_ask_for_dns(f);
        data[1] = f->reqid;
        pppd_input(f->unit, data, n_data);
}

/* A server that agrees to 0.0.0.0 has no news either. */
static bool is_news(const unsigned char *data, int n_data) {
        return data[0] != CONFACK && !is_rejection(data, n_data);
}

static bool is_answer(const unsigned char *data, int n_data) {
        return is_outstanding && n_data >= CONTROL_HEADER_BYTES && data[1] == question_id &&
                (data[0] == CONFACK || data[0] == CONFNAK || data[0] == CONFREJ);
}

/*
 * Whether the second request is answered and the first was lost, with a server that may well have
 * name servers.
 */
static bool is_unheard(const fsm *f, const unsigned char *data, int n_data) {
        return is_outstanding && !ip_configuration_has_no_dns() && n_data >= CONTROL_HEADER_BYTES &&
                data[1] == f->reqid && (data[0] == CONFNAK || data[0] == CONFREJ);
}

static void dns_question_input(int unit, unsigned char *data, int n_data) {
        fsm *f = &ipcp_fsm[unit];

        if (is_unheard(f, data, n_data)) {
                /* The request that follows asks once more. */
                is_outstanding = false;
                ip_configuration_ask_for_dns(f);
        }
        if (!is_answer(data, n_data)) {
                pppd_input(unit, data, n_data);
                return;
        }

        is_outstanding = false;
        if (is_news(data, n_data) && (f->state == REQSENT || f->state == ACKSENT))
                take_news(f, data, n_data);
}

void dns_question_install(void) {
        pppd_input = ipcp_protent.input;
        pppd_open = ipcp_protent.open;
        ipcp_protent.input = dns_question_input;
        ipcp_protent.open = dns_question_open;
}
