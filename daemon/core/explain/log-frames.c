/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the packets in a log show of their attempt. */

#include <stdio.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/macros.h"
#include "core/explain/log-packet.h"
#include "core/explain/log-parser.h"
#include "core/ppp/ppp-packet.h"

/* So many requests to begin encryption or compression afresh are a line that loses packets. */
#define MANY_RESETS 5

/* Notes that one side asks the other to begin encryption or compression afresh. */
static void attempt_note_reset(LogOpenAttempt *a, const LogInput *input, const PppPacket *packet,
                               bool sent) {
        LogHit *hit;

        if (packet->protocol != PPP_PROTO_CCP || packet->code != PPP_CODE_RESET_REQUEST ||
            ++a->n_resets[sent] != MANY_RESETS)
                return;

        hit = log_attempt_add_hit(a, input, CATALOGUE_MPPE_28);
        if (hit)
                snprintf(hit->detail, sizeof(hit->detail),
                         sent ? "this host asks for it, so packets get lost on the way here" :
                                "the other side asks for it, so packets of this host get lost on "
                                "the way there");
}

/* Notes which encryption we accept, from our CCP requests and from what we suggest to the peer. */
static void attempt_note_request(LogOpenAttempt *a, const LogLine *line, const PppPacket *packet) {
        uint32_t bits;

        if (packet->protocol == PPP_PROTO_LCP && packet->code == PPP_CODE_TERMINATE_REQUEST &&
            memmem(packet->data, packet->n_data, "User request", strlen("User request")))
                log_attempt_note_told(a, line);
        if (packet->protocol != PPP_PROTO_CCP ||
            (packet->code != PPP_CODE_CONFIGURE_REQUEST &&
             packet->code != PPP_CODE_CONFIGURE_NAK) ||
            !ppp_packet_get_mppe(packet, &bits))
                return;

        a->asked.allow_128 = a->asked.allow_128 || (bits & MPPE_BIT_128);
        a->asked.allow_40 = a->asked.allow_40 || (bits & MPPE_BIT_40);
        a->asked.allow_stateful = a->asked.allow_stateful || !(bits & MPPE_BIT_STATELESS);
}

/* Notes who is the client: the server asks for the password, and the client sends it. */
static void attempt_note_role(LogOpenAttempt *a, bool sent, const PppPacket *packet) {
        bool asks = packet->protocol == PPP_PROTO_CHAP && packet->code == PPP_CHAP_CHALLENGE;
        bool tells = (packet->protocol == PPP_PROTO_CHAP && packet->code == PPP_CHAP_RESPONSE) ||
                (packet->protocol == PPP_PROTO_PAP && packet->code == PPP_PAP_AUTHENTICATE_REQUEST);
        bool refuses = (packet->protocol == PPP_PROTO_CHAP && packet->code == PPP_CHAP_FAILURE) ||
                (packet->protocol == PPP_PROTO_PAP && packet->code == PPP_PAP_AUTHENTICATE_NAK);

        if ((asks && !sent) || (tells && sent))
                a->by_client = a->asked_password = true;
        else if (asks || tells)
                a->by_server = true;
        if (refuses && sent)
                a->by_server = a->refused_client = true;
        if (packet->protocol == PPP_PROTO_CHAP && packet->code == PPP_CHAP_SUCCESS && sent)
                a->authenticated = a->by_server = true;
        /* pppd gives this reason to a peer whose proof was wrong. */
        if (packet->protocol == PPP_PROTO_LCP && packet->code == PPP_CODE_TERMINATE_REQUEST &&
            sent &&
            memmem(packet->data, packet->n_data, "Authentication failed",
                   strlen("Authentication failed")))
                a->by_server = a->refused_client = true;
}

/*
 * Whether the very line was there a moment ago. In the journal each line of pppd's comes twice, by
 * syslog and from standard error. Without a prefix no time stamp tells such a twin from a
 * packet that was sent again. The supervisor says everything once.
 */
static bool parser_is_twin(LogParser *p, const LogInput *input) {
        const LogLine *line = input->line;
        uint64_t hash;

        if (line->packet == 0 || input->tag.speaker == LOG_SPEAKER_OWN)
                return false;

        hash = hash_bytes(line->text, line->n_text);
        for (size_t i = 0; i < MIN(p->n_twins, (size_t) LOG_TWINS_MAX); i++)
                if (p->twins[i] == hash) {
                        p->twins[i] = 0; /* a third one is no twin */
                        return true;
                }

        p->twins[p->n_twins++ % LOG_TWINS_MAX] = hash;
        return false;
}

/*
 * A message of the control connection, as our own debug log has it. Ours to the server prove
 * nothing.
 */
static bool attempt_add_control(LogOpenAttempt *a, const LogLine *line) {
        static const char head[] = "rcvd [PPTP ";
        const char *text = line->text + line->packet;
        PptpMessage message;
        bool ends;

        if (strncmp(text, head, sizeof(head) - 1) != 0 ||
            !pptp_message_parse_description(text + sizeof(head) - 1, &message))
                return false;

        diagnosis_add_control(a->diagnosis, false, &message);
        ends = message.type == PPTP_CALL_DISCONNECT_NOTIFY ||
                message.type == PPTP_STOP_CONTROL_CONNECTION_REQUEST ||
                ((message.type == PPTP_START_CONTROL_CONNECTION_REPLY ||
                  message.type == PPTP_OUTGOING_CALL_REPLY) &&
                 message.result_code != 1);
        if (ends)
                log_attempt_keep_line(a, line->number, text, line->n_text - line->packet);
        return true;
}

/*
 * Notes a packet of which only the head is left, as "rcvd [LCP ConfReq id=0x1 ]". It tells which
 * way packets go, and no more.
 */
static void attempt_note_bare(LogOpenAttempt *a, const char *text) {
        static const struct {
                const char *name;
                uint8_t code;
        } codes[] = {
                { "[LCP ConfReq ", PPP_CODE_CONFIGURE_REQUEST },
                { "[LCP ConfAck ", PPP_CODE_CONFIGURE_ACK },
                { "[LCP ConfNak ", PPP_CODE_CONFIGURE_NAK },
                { "[LCP ConfRej ", PPP_CODE_CONFIGURE_REJECT },
        };
        bool sent = strncmp(text, "sent ", 5) == 0;

        a->attempt.options_missing = true;
        a->heard = a->heard || !sent;
        for (size_t i = 0; i < ELEMENTSOF(codes); i++) {
                const uint8_t frame[] = { 0xc0, 0x21, codes[i].code, 1, 0, 4 };

                if (strncmp(text + 5, codes[i].name, strlen(codes[i].name)) == 0)
                        diagnosis_add_frame(a->diagnosis, sent, frame, sizeof(frame));
        }
}

void log_attempt_add_packet(LogParser *p, LogOpenAttempt *a, const LogInput *input) {
        const LogLine *line = input->line;
        const char *text = line->text + line->packet;
        size_t n_text = line->n_text - line->packet, n_frame;
        PppPacket packet;
        LogPacketLine *kept;
        bool sent;

        if (log_packet_is_bare(text, n_text)) {
                attempt_note_bare(a, text);
                return;
        }

        if (attempt_add_control(a, line) ||
            !log_packet_parse(text, n_text, &sent, a->frame, &n_frame) ||
            ppp_packet_parse(a->frame, n_frame, &packet) != 0 || parser_is_twin(p, input))
                return;

        a->n_frame = n_frame;
        a->frame_sent = sent;
        diagnosis_add_frame(a->diagnosis, sent, a->frame, n_frame);
        attempt_note_role(a, sent, &packet);
        attempt_note_reset(a, input, &packet, sent);
        /* The name that the modems of mobile networks give themselves. */
        if (!sent && packet.protocol == PPP_PROTO_CHAP && a->carrier == LOG_CARRIER_UNKNOWN &&
            strstr(text, "\"UMTS_CHAP_SRVR\""))
                a->carrier = LOG_CARRIER_MODEM;
        if (packet.protocol == PPP_PROTO_LCP && packet.code == PPP_CODE_CONFIGURE_REQUEST &&
            strstr(text, "<auth ")) {
                a->hints_at_server = a->hints_at_server || sent;
                a->by_client = a->by_client || !sent;
                a->offered_md5 = a->offered_md5 || (!sent && strstr(text, "<auth chap MD5>"));
        }
        if (sent && packet.protocol == PPP_PROTO_LCP && packet.code == PPP_CODE_CONFIGURE_NAK &&
            strstr(text, "<auth pap>"))
                a->suggested_pap = true;
        if (sent && packet.protocol == PPP_PROTO_IPCP && strstr(text, "<ms-dns"))
                a->asked_dns = true;
        if (sent && packet.protocol == PPP_PROTO_IPCP && packet.code == PPP_CODE_CONFIGURE_REQUEST)
                a->asks_address_only = strstr(text, "<addr 0.0.0.0>") &&
                        strstr(text, "<ms-dns1 ") && !strstr(text, "<ms-dns1 0.0.0.0>");
        if (sent)
                attempt_note_request(a, line, &packet);
        /* If we answered, there was a request. */
        if (!sent || packet.code == PPP_CODE_CONFIGURE_ACK ||
            packet.code == PPP_CODE_CONFIGURE_NAK || packet.code == PPP_CODE_CONFIGURE_REJECT)
                a->heard = true;

        a->attempt.n_packets++;
        kept = log_attempt_keep_line(a, line->number, text, n_text);
        kept->protocol = packet.protocol;
        kept->code = packet.code;
        kept->sent = sent;
}

void log_attempt_repeat_packet(LogOpenAttempt *a, unsigned n) {
        a->attempt.n_packets += n;
        while (n-- > 0)
                diagnosis_add_frame(a->diagnosis, a->frame_sent, a->frame, a->n_frame);
}
