/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A lost CHAP Success. Nobody repeats it by himself, and the server goes on to the network phase,
 * whose packets pppd drops while it waits. RFC 1994, section 4.1 has the server answer a repeated
 * Response even then; pppd never repeats one. Here the server's network packets are taken as the
 * sign that there was a Success, and the Response is sent again.
 *
 * Without that sign nothing is repeated: what a server takes for another wrong password may lock an
 * account.
 */

#include <string.h>

#include "hooks/plugin.h"

#define PROTOCOL_CHAP 0xc223
#define CHAP_RESPONSE 2

/* Network control protocols (RFC 1661, section 2): CCP and IPCP among them. */
#define PROTOCOL_NCP_MASK 0xc000
#define PROTOCOL_NCP 0x8000

/* Address, control and protocol, in front of CHAP's code. */
#define PPP_HEADER_BYTES 4

/* MS-CHAPv2's 54 bytes and the user's name. */
static unsigned char response[512];
static size_t n_response;
static bool authenticating;

static unsigned get_protocol(const unsigned char *data, int n_data) {
        return n_data > PPP_HEADER_BYTES ? data[2] << 8 | data[3] : 0;
}

void chap_success_set_phase(int phase) {
        authenticating = phase == PHASE_AUTHENTICATE;
        if (!authenticating)
                n_response = 0;
}

void chap_success_see_sent(const unsigned char *data, int n_data) {
        if (get_protocol(data, n_data) != PROTOCOL_CHAP ||
            data[PPP_HEADER_BYTES] != CHAP_RESPONSE || n_data > (int) sizeof(response) ||
            data == response)
                return;

        memcpy(response, data, n_data);
        n_response = n_data;
}

/*
 * Sends the Response for each of the server's packets: the server repeats them no more often than
 * its restart timer says, which limits the number of Responses.
 */
void chap_success_see_received(const unsigned char *data, int n_data) {
        if (authenticating && n_response > 0 &&
            (get_protocol(data, n_data) & PROTOCOL_NCP_MASK) == PROTOCOL_NCP)
                output(0, response, (int) n_response);
}
