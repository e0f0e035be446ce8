/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Evidence in, row out. A frame is written as "r 80fd 03 01 : 12 06 01 00 00 41": direction
 * (Sent, Received), hex bytes from the PPP protocol field on, the colon in place of the length.
 * Text stands between quotation marks.
 */

#include "test.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "core/diagnosis/catalogue.h"
#include "core/diagnosis/diagnosis.h"
#include "core/ppp/ip-request.h"
#include "core/explain/log-diagnosis.h"
#include "core/ppp/ppp-packet.h"
#include "core/base/text.h"
#include "core/base/macros.h"

#define POLICY_128 \
        { .allow_128 = true, .tolerate_mppc = true }
#define POLICY_STOCK \
        { .allow_128 = true, .allow_40 = true }

typedef struct Case {
        const char *id;     /* expected; NULL: no verdict */
        const char *detail; /* expected within the detail, or NULL */
        MppePolicy mppe;
        const char *frames[24];
        DiagnosisFact facts[4];  /* those whose type or number is not 0 */
        PptpMessage controls[3]; /* received; up to type 0 */
        PluginPhase phase;
        unsigned repeat; /* the frames, this many times more */
} Case;

#define FACT(t, ...) \
        { .type = DIAGNOSIS_##t, .stage = DIAGNOSIS_STAGE_LINK, __VA_ARGS__ }

/* What stands at the beginning of every link that gets beyond LCP. */
#define LCP_MSCHAPV2                                                                           \
        "s c021 01 01 : 05 06 68 69 9b b0", "r c021 01 ca : 03 05 c2 23 81 05 06 0f 7e 59 1a", \
                "s c021 02 ca : 03 05 c2 23 81 05 06 0f 7e 59 1a",                             \
                "r c021 02 01 : 05 06 68 69 9b b0"
#define CHAP_RESPONSE "r c223 01 02 : 01 55 'x'", "s c223 02 02 : 01 55 'x'"
#define CHAP_SUCCESS "r c223 03 02 : 'S=0123456789012345678901234567890123456789 M=ok'"
#define UP_TO_CCP LCP_MSCHAPV2, CHAP_RESPONSE, CHAP_SUCCESS
#define CCP_OPEN                                                                \
        "s 80fd 01 01 : 12 06 01 00 00 40", "r 80fd 02 01 : 12 06 01 00 00 40", \
                "r 80fd 01 07 : 12 06 01 00 00 40", "s 80fd 02 07 : 12 06 01 00 00 40"
#define IPCP_OPEN                                                               \
        "s 8021 01 01 : 03 06 0a 00 00 02", "r 8021 02 01 : 03 06 0a 00 00 02", \
                "r 8021 01 07 : 03 06 0a 00 00 01", "s 8021 02 07 : 03 06 0a 00 00 01"
#define RAS(code) "r c021 05 03 : 0f 7e 59 1a 00 3c cd 74 00 00 " code

static size_t write_frame(const char *text, bool *ret_sent, uint8_t *frame) {
        size_t n = 0, length_at = 0;

        *ret_sent = text[0] == 's';
        for (text++; *text; text++) {
                if (*text == ' ')
                        continue;
                if (*text == ':') {
                        length_at = n;
                        n += 2;
                } else if (*text == '\'') {
                        for (text++; *text != '\''; text++)
                                frame[n++] = (uint8_t) *text;
                } else {
                        char digits[3] = { text[0], text[1], 0 };

                        frame[n++] = (uint8_t) strtoul(digits, NULL, 16);
                        text++;
                }
        }

        /* The length counts from the code on, which follows the protocol. */
        frame[length_at] = (uint8_t) ((n - 2) >> 8);
        frame[length_at + 1] = (uint8_t) (n - 2);
        return n;
}

static void feed(Diagnosis *d, const Case *c) {
        uint8_t frame[256];
        bool sent;

        if (c->phase != 0)
                diagnosis_add_phase(d, c->phase);
        for (size_t i = 0; i < ELEMENTSOF(c->controls) && c->controls[i].type != 0; i++)
                diagnosis_add_control(d, false, &c->controls[i]);

        for (unsigned n = 0; n <= c->repeat; n++)
                for (size_t i = 0; i < ELEMENTSOF(c->frames) && c->frames[i]; i++) {
                        size_t n_frame = write_frame(c->frames[i], &sent, frame);

                        diagnosis_add_frame(d, sent, frame, n_frame);
                }

        for (size_t i = 0; i < ELEMENTSOF(c->facts); i++)
                if (c->facts[i].type != 0 || c->facts[i].number != 0)
                        diagnosis_add_fact(d, &c->facts[i]);
}

/* What a log cannot hold, the supervisor's own verdict in it aside. */
static bool case_is_in_log(const Case *c) {
        if (c->phase != 0)
                return false;
        for (size_t i = 0; i < ELEMENTSOF(c->facts); i++)
                if (c->facts[i].type != DIAGNOSIS_PPPD_EXITED &&
                    (c->facts[i].type != 0 || c->facts[i].number != 0))
                        return false;

        return true;
}

/* As the supervisor writes it at log level debug, and journalctl shows it. */
static void write_log(const Case *c, TextBuilder *t) {
        static const char *prefix = "Nov 21 11:49:19 client pptp-supervisor[470]: ";
        char text[PPP_DESCRIPTION_MAX_BYTES];
        uint8_t frame[256];
        bool sent;

        mppe_policy_describe(&c->mppe, text, sizeof(text));
        text_addf(t, "%s%s\n", prefix, text);

        for (size_t i = 0; i < ELEMENTSOF(c->controls) && c->controls[i].type != 0; i++) {
                pptp_message_describe(&c->controls[i], text, sizeof(text));
                text_addf(t, "%srcvd [PPTP %s]\n", prefix, text);
        }

        for (unsigned n = 0; n <= c->repeat; n++)
                for (size_t i = 0; i < ELEMENTSOF(c->frames) && c->frames[i]; i++) {
                        size_t n_frame = write_frame(c->frames[i], &sent, frame);

                        ppp_packet_describe(sent, frame, n_frame, text, sizeof(text));
                        text_addf(t, "%s%s\n", prefix, text);
                }

        for (size_t i = 0; i < ELEMENTSOF(c->facts); i++)
                if (c->facts[i].type == DIAGNOSIS_PPPD_EXITED && c->facts[i].number != 0) {
                        if (c->facts[i].text)
                                text_addf(t, "%spppd: %s\n", prefix, c->facts[i].text);
                        text_addf(t, "%spppd ended with %s %d\n", prefix,
                                  c->facts[i].number > 0 ? "exit status" : "signal",
                                  abs((int) c->facts[i].number));
                }
}

/* Our own debug log, without the verdict in it, leads to the same verdict as what it tells of. */
static void check_log(const Case *c, size_t number) {
        static char log[65536];
        TextBuilder t = text_builder(log, sizeof(log));
        const Verdict *verdict = NULL;
        LogDiagnosis d;

        write_log(c, &t);
        assert_false(t.truncated);
        assert_int_equal(log_diagnosis_read(log, t.n_text, &d), 0);
        for (size_t i = 0; i < d.n_attempts; i++)
                verdict = d.attempts[i].verdict.row ? &d.attempts[i].verdict : verdict;

        if (!verdict || strcmp(verdict->row->id, c->id) != 0)
                fail_msg("case %zu: %s expected, got %s (%s) from:\n%s", number, c->id,
                         verdict ? verdict->row->id : "nothing", verdict ? verdict->detail : "",
                         log);
        log_diagnosis_done(&d);
}

static void check_cases(const Case *cases, size_t n) {
        Diagnosis *d = diagnosis_new();

        assert_non_null(d);
        for (size_t i = 0; i < n; i++) {
                const Case *c = &cases[i];
                Verdict verdict;

                diagnosis_reset(d, &(DiagnosisContext){ .mppe = c->mppe });
                feed(d, c);
                diagnosis_get_verdict(d, &verdict);

                if (!c->id) {
                        if (verdict.row)
                                fail_msg("case %zu: no verdict expected, got %s", i,
                                         verdict.row->id);
                        continue;
                }
                if (!verdict.row || strcmp(verdict.row->id, c->id) != 0)
                        fail_msg("case %zu: %s expected, got %s (%s)", i, c->id,
                                 verdict.row ? verdict.row->id : "nothing", verdict.detail);
                if (c->detail && !strstr(verdict.detail, c->detail))
                        fail_msg("case %zu: %s: \"%s\" is not in \"%s\"", i, c->id, c->detail,
                                 verdict.detail);
                if (case_is_in_log(c))
                        check_log(c, i);
        }
        diagnosis_free(d);
}

static void test_mppe(void **state) {
        static const Case cases[] = {
                /* OneNet: the suggestion is right but for bit C */
                { "MPPE-01",
                  "+H -M +S -L -D +C",
                  POLICY_STOCK,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 60",
                    "r 80fd 03 01 : 12 06 01 00 00 41" } },
                /* no failure where the bit is tolerated and the next request is agreed on */
                { NULL,
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 40",
                    "r 80fd 03 01 : 12 06 01 00 00 41", CCP_OPEN, IPCP_OPEN } },
                /* stateful, as Nak and already as Configure-Request */
                { "MPPE-02",
                  "Stateful=yes",
                  POLICY_128,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 40",
                    "r 80fd 03 01 : 12 06 00 00 00 40" } },
                { "MPPE-02",
                  "-H -M +S",
                  POLICY_128,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 40",
                    "r 80fd 01 07 : 12 06 00 00 00 40" } },
                /* Contivity: stateful and C, whether or not stateful was allowed */
                { "MPPE-03",
                  "acceptable with MPPE=40, Stateful=yes, TolerateMPPC=yes",
                  { .allow_40 = true },
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 20",
                    "r 80fd 03 01 : 12 06 00 00 00 21" } },
                { "MPPE-03",
                  NULL,
                  { .allow_40 = true, .allow_stateful = true },
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 20",
                    "r 80fd 03 01 : 12 06 00 00 00 21" } },
                /* strengths: 40 and 56 bit where 128 is required */
                { "MPPE-04",
                  "acceptable with MPPE=40",
                  POLICY_128,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 40",
                    "r 80fd 03 01 : 12 06 01 00 00 20" } },
                { "MPPE-04",
                  "no setting accepts that",
                  POLICY_128,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 40",
                    "r 80fd 03 01 : 12 06 01 00 00 80" } },
                { "MPPE-04",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 40",
                    "r 80fd 01 07 : 12 06 01 00 00 20" } },
                /* and the other way round: 128 bit where nothing but 40 is allowed */
                { "MPPE-26",
                  "acceptable with MPPE=128",
                  { .allow_40 = true, .open_40 = true },
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 20",
                    "r 80fd 03 01 : 12 06 01 00 00 40" } },
                { "MPPE-26",
                  "acceptable with MPPE=128",
                  { .allow_40 = true, .open_40 = true },
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 20",
                    "r 80fd 01 07 : 12 06 01 00 00 40" } },
                /* no key: no authentication at all */
                { "MPPE-05",
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 : 05 06 68 69 9b b0", "r c021 01 ca : 05 06 0f 7e 59 1a",
                    "s c021 02 ca : 05 06 0f 7e 59 1a", "r c021 02 01 : 05 06 68 69 9b b0",
                    "s c021 05 02 : 'MPPE required but not available'" } },
                /* the server knows PAP only, and went on without it */
                { "MPPE-05",
                  "asked for PAP",
                  POLICY_128,
                  { "s c021 01 01 : 05 06 68 69 9b b0", "r c021 01 ca : 03 04 c0 23",
                    "s c021 03 ca : 03 05 c2 23 81", "r c021 02 01 : 05 06 68 69 9b b0",
                    "r c021 01 cb : 05 06 0f 7e 59 1a", "s c021 02 cb : 05 06 0f 7e 59 1a",
                    "s c021 05 02 : 'MPPE required but not available'" } },
                /* both directions */
                { "MPPE-06",
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 : 03 05 c2 23 81", "r c021 01 ca : 03 05 c2 23 81",
                    "s c021 02 ca : 03 05 c2 23 81", "r c021 02 01 : 03 05 c2 23 81", CHAP_RESPONSE,
                    CHAP_SUCCESS, "s c021 05 02 : 'MPPE required but not available'" } },
                { "MPPE-07",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, "s c021 05 02 : 'MPPE required but not available'" } },
                /* MS-CHAP version 1 and nothing but 40 bit */
                { "MPPE-08",
                  NULL,
                  { .allow_40 = true },
                  { "s c021 01 01 : 05 06 68 69 9b b0", "r c021 01 ca : 03 05 c2 23 80",
                    "s c021 02 ca : 03 05 c2 23 80", "r c021 02 01 : 05 06 68 69 9b b0",
                    CHAP_RESPONSE, "r c223 03 02 : 'welcome'",
                    "s c021 05 02 : 'MPPE required but not available'" } },
                /* a server that only rejects, and has asked for what it wants */
                { "MPPE-04",
                  "acceptable with MPPE=40",
                  POLICY_128,
                  { UP_TO_CCP, "r 80fd 01 07 : 12 06 01 00 00 20",
                    "s 80fd 01 01 : 12 06 01 00 00 40", "s 80fd 03 07 : 12 06 01 00 00 40",
                    "r 80fd 04 01 : 12 06 01 00 00 40" } },
                { "MPPE-02",
                  "Stateful=yes",
                  POLICY_128,
                  { UP_TO_CCP, "r 80fd 01 07 : 12 06 00 00 00 40",
                    "s 80fd 01 01 : 12 06 01 00 00 40", "s 80fd 03 07 : 12 06 01 00 00 40",
                    "r 80fd 04 01 : 12 06 01 00 00 40" } },
                { "MPPE-09",
                  "+H -M +S -L",
                  POLICY_128,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 40",
                    "r 80fd 04 01 : 12 06 01 00 00 40" } },
                /* hung up over it: with words, or with the control connection alone */
                { "MPPE-22",
                  "no such thing",
                  POLICY_128,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 40",
                    "r c021 05 02 : 'no such thing'" } },
                { "MPPE-22",
                  "+H -M +S -L",
                  POLICY_128,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 40" },
                  .controls = { { .type = PPTP_CALL_DISCONNECT_NOTIFY, .result_code = 1 } } },
                { "MPPE-11",
                  "742",
                  POLICY_128,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 40", RAS("02 e6") } },
                { "LCP-04",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 40",
                    "r 80fd 02 01 : 12 06 01 00 00 40", "r c021 05 02 : 'User request'" } },
                { "MPPE-10",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 40",
                    "r c021 08 02 : 80 fd 01 01 00 0a 12 06 01 00 00 40" } },
                /* the server wants it and we do not */
                { "MPPE-11",
                  NULL,
                  { 0 },
                  { UP_TO_CCP, "r 80fd 01 64 : 12 06 00 00 00 41",
                    "s 80fd 04 64 : 12 06 00 00 00 41" } },
                { "MPPE-11", "742", { 0 }, { UP_TO_CCP, RAS("02 e6") } },
                { "MPPE-11",
                  "peer refused",
                  { 0 },
                  { UP_TO_CCP, "r c021 05 02 : 'MPPE required but peer refused'" } },
                /* the server itself has no MPPE */
                { "MPPE-24",
                  "not available",
                  { 0 },
                  { UP_TO_CCP, "r c021 05 02 : 'MPPE required but not available'" } },
                { "MPPE-24",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 40",
                    "r c021 05 02 : 'MPPE required but not available'" } },
                /* pppd gave up, and nothing shows over what */
                { "MPPE-23",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, "s c021 05 02 : 'MPPE required but peer negotiation failed'" } },
                { "MPPE-12",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 40",
                    "r 80fd 01 07 : 12 06 00 00 00 00" } },
                { "MPPE-13",
                  "4 requests",
                  POLICY_128,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 40",
                    "r 8021 01 07 : 03 06 0a 00 00 01", "s 80fd 01 01 : 12 06 01 00 00 40",
                    "s 80fd 01 01 : 12 06 01 00 00 40", "s 80fd 01 01 : 12 06 01 00 00 40" } },
                /*
                 * nothing comes any more: that is no server without encryption, but a path that
                 * broke
                 */
                { "LCP-10",
                  "4 requests for encryption",
                  POLICY_128,
                  { UP_TO_CCP, "r 8021 01 07 : 03 06 0a 00 00 01",
                    "s 80fd 01 01 : 12 06 01 00 00 40", "s 80fd 01 01 : 12 06 01 00 00 40",
                    "s 80fd 01 01 : 12 06 01 00 00 40", "s 80fd 01 01 : 12 06 01 00 00 40" } },
                { "MPPE-14",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, "r 80fd 01 07 : 12 06 00 00 00 00",
                    "r 80fd 01 08 : 12 06 00 00 00 00", "r 80fd 01 09 : 12 06 00 00 00 00" } },
                { "MPPE-15",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, "r 80fd 05 09 :" } },
                { "MPPE-15", NULL, POLICY_128,
                  .facts = { FACT(BREACH, .number = PLUGIN_BREACH_ENCRYPTION_OFF) } },
                { "MPPE-16",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, "s 80fd 05 09 : 'Lost compression sync'" } },
                { "MPPE-19",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, "r c021 08 02 : 00 fd 90 00 01 02" } },
                { "MPPE-20", "no encryption", POLICY_128,
                  .facts = { FACT(BREACH, .number = PLUGIN_BREACH_OUTCOME,
                                  .text = "no encryption") } },
                { "MPPE-20",
                  "receive with no encryption",
                  POLICY_128,
                  { UP_TO_CCP, IPCP_OPEN, "r 80fd 01 07 : 12 06 01 00 00 40",
                    "s 80fd 02 07 : 12 06 01 00 00 40" },
                  { FACT(BREACH, .number = PLUGIN_BREACH_OUTCOME) } },
                { "MPPE-21",
                  NULL,
                  { .allow_128 = true, .allow_stateful = true, .tolerate_mppc = true },
                  { "s 80fd 01 01 : 12 06 01 00 00 40", "r 80fd 03 01 : 12 06 00 00 00 41" },
                  .repeat = 5 },
                { "MPPE-21", NULL, POLICY_128,
                  .facts = { FACT(BREACH, .number = PLUGIN_BREACH_NAK_LOOP) } },
                { "MPPE-02",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, "s 80fd 01 01 : 12 06 01 00 00 40",
                    "r 80fd 03 01 : 12 06 00 00 00 40" },
                  .facts = { FACT(BREACH, .number = PLUGIN_BREACH_NAK_LOOP) } },
        };

        check_cases(cases, ELEMENTSOF(cases));
}

static void test_auth(void **state) {
        static const Case cases[] = {
                { "AUTH-01",
                  "E=691 R=0",
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE,
                    "r c223 04 02 : 'E=691 R=0 C=00112233445566778899aabbccddeeff V=3'" } },
                { "AUTH-01",
                  "Domain= is not set",
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE, "r c223 04 02 : 'E=691 R=1 C=00 V=3 M=no'" } },
                /* Windows would have answered a wrong password with a CHAP Failure */
                { "AUTH-17",
                  "a rule of the server",
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE, RAS("02 b3") } },
                { "AUTH-17", "924", POLICY_128, { LCP_MSCHAPV2, RAS("03 9c") } },
                { "AUTH-02",
                  NULL,
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE, "r c223 04 02 : 'E=649 R=0 V=3'" } },
                { "AUTH-02", "649", POLICY_128, { LCP_MSCHAPV2, RAS("02 89") } },
                { "AUTH-03",
                  NULL,
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE, "r c223 04 02 : 'E=646 R=0 V=3'" } },
                { "AUTH-04",
                  NULL,
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE, "r c223 04 02 : 'E=647 R=0 V=3'" } },
                { "AUTH-05",
                  NULL,
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE, "r c223 04 02 : 'E=648 R=0 V=3'" } },
                { "AUTH-06",
                  NULL,
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE, "r c223 04 02 : 'E=709 R=0 V=3'" } },
                { "AUTH-07",
                  "Go away\\x1b",
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE, "r c223 04 02 : 'Go away' 1b" } },
                { "AUTH-07",
                  "E=999",
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE, "r c223 04 02 : 'E=999 R=0 V=3'" } },
                { "AUTH-08",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, "s c021 05 02 : 'Failed to authenticate ourselves to peer'" } },
                { "AUTH-08", NULL, POLICY_128, { UP_TO_CCP }, { FACT(PPPD_EXITED, .number = 19) } },
                { "AUTH-09",
                  NULL,
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE, "r c223 03 02 : 'S=0123'",
                    "s c021 05 02 : 'Failed to authenticate ourselves to peer'" } },
                /* pppd prints that it is badly formed only after the proof has matched */
                { "AUTH-09",
                  NULL,
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE,
                    "r c223 03 02 : 'S=0123456789012345678901234567890123456789M=ok'",
                    "s c021 05 02 : 'Failed to authenticate ourselves to peer'" } },
                { "AUTH-10",
                  NULL,
                  POLICY_128,
                  { "r c021 01 01 : 03 04 c2 27", "s c021 02 01 : 03 04 c2 27", "r c227 01 01 : 01",
                    "s c227 02 01 : 01 'host'", RAS("02 b3") } },
                { "AUTH-10",
                  "Failure",
                  POLICY_128,
                  { "r c021 01 01 : 03 04 c2 27", "s c021 02 01 : 03 04 c2 27",
                    "r c227 01 04 : 0d 20", "s c227 02 04 : 03 0d", "r c227 04 04 :" } },
                { "AUTH-07",
                  "Failure",
                  POLICY_128,
                  { "r c021 01 01 : 03 04 c2 27", "s c021 02 01 : 03 04 c2 27",
                    "r c227 01 05 : 04 01 aa", "s c227 02 05 : 04 01 bb", "r c227 04 05 :" } },
                { "AUTH-11",
                  "PAP",
                  POLICY_128,
                  { "r c021 01 01 : 03 04 c0 23", "s c021 03 01 : 03 05 c2 23 81",
                    "r c021 01 02 : 03 04 c0 23", "s c021 03 02 : 03 05 c2 23 81",
                    "r c021 05 03 :" } },
                { "AUTH-11", "919", POLICY_128, { LCP_MSCHAPV2, RAS("03 97") } },
                { "AUTH-11",
                  "refused",
                  POLICY_128,
                  { LCP_MSCHAPV2, "r c021 05 03 : 'peer refused to authenticate'" } },
                { "AUTH-07",
                  "Authentication failed",
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE, "r c021 05 03 : 'Authentication failed'" } },
                { "AUTH-12",
                  "CHAP with MD5",
                  POLICY_128,
                  { "s c021 01 01 :", "r c021 01 01 : 03 05 c2 23 05",
                    "s c021 02 01 : 03 05 c2 23 05", "r c021 02 01 :", CHAP_RESPONSE,
                    "r c223 03 02 : 'hi'", "s c021 05 02 : 'MPPE required but not available'" } },
                { "AUTH-13", NULL, POLICY_128, { LCP_MSCHAPV2, CHAP_RESPONSE }, { FACT(TIMEOUT) } },
                /* the server asks again and again for encryption, and so has let this side in */
                { "AUTH-13",
                  "got lost",
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE, "r 80fd 01 07 : 12 06 01 00 00 40",
                    "r 80fd 01 07 : 12 06 01 00 00 40" } },
                { NULL,
                  NULL,
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE, "r 80fd 01 07 : 12 06 01 00 00 40" } },
                { "AUTH-13", "930", POLICY_128, { LCP_MSCHAPV2, CHAP_RESPONSE, RAS("03 a2") } },
                { "AUTH-14",
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 :", "r c021 01 01 : 03 04 c0 23", "s c021 02 01 : 03 04 c0 23",
                    "r c021 02 01 :", "s c023 01 01 : 01 'u' 01 'p'", "r c023 03 01 : 02 'no'" } },
                { "AUTH-16", "255 bytes", POLICY_128,
                  .facts = { FACT(PASSWORD_TOO_LONG, .number = 255) } },
                { "AUTH-17", "812", POLICY_128, { LCP_MSCHAPV2, CHAP_RESPONSE, RAS("03 2c") } },
                { "CFG-08", "PasswordFile=/etc/x can be read", POLICY_128,
                  .facts = { FACT(PASSWORD_UNUSABLE, .text = "PasswordFile=/etc/x can be read") } },
                /* no secret in chap-secrets either: pppd rejects what it could do */
                { "CFG-05",
                  "MS-CHAPv2",
                  POLICY_128,
                  { "s c021 01 01 :", "r c021 01 01 : 03 05 c2 23 81",
                    "s c021 04 01 : 03 05 c2 23 81", "r c021 01 02 :", "s c021 02 02 :",
                    "r c021 02 01 :", "r c021 05 03 : 'peer refused to authenticate'",
                    "s c021 05 02 : 'MPPE required but not available'" } },
                { "CFG-05",
                  "EAP",
                  POLICY_128,
                  { "r c021 01 01 : 03 04 c2 27", "s c021 04 01 : 03 04 c2 27", RAS("03 97") } },
                /* but not where it suggested MS-CHAPv2, and the server can do nothing but PAP */
                { "AUTH-11",
                  "only PAP",
                  POLICY_128,
                  { "r c021 01 01 : 03 04 c0 23", "s c021 03 01 : 03 05 c2 23 81",
                    "r c021 01 02 : 03 04 c0 23", "s c021 04 02 : 03 04 c0 23",
                    "r c021 05 03 : 'peer refused to authenticate'" } },
                { "AUTH-11",
                  "only CHAP with MD5. This host suggested MS-CHAPv2",
                  POLICY_128,
                  { "r c021 01 01 : 03 05 c2 23 05", "s c021 03 01 : 03 05 c2 23 81",
                    "r c021 01 02 : 03 05 c2 23 05", "s c021 04 02 : 03 05 c2 23 05",
                    "r c021 05 03 :" } },
                { "CFG-05",
                  NULL,
                  POLICY_128,
                  { LCP_MSCHAPV2, "r c223 01 02 : 01 55 'x'" },
                  { FACT(NO_PASSWORD) } },
        };

        check_cases(cases, ELEMENTSOF(cases));
}

static void test_link(void **state) {
        static const Case cases[] = {
                { "LCP-01",
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 : 05 06 68 69 9b b0", "r c021 01 01 : 05 06 68 69 9b b0",
                    "s c021 01 02 : 05 06 11 22 33 44", "r c021 01 02 : 05 06 11 22 33 44" } },
                { "LCP-01", NULL, POLICY_128, .facts = { FACT(PPPD_EXITED, .number = 17) } },
                /* the server answers each request with another wish, to the end */
                { "LCP-15",
                  "refused 6 requests of this host in a row, the last over the size of packets",
                  POLICY_128,
                  { "r c021 01 01 : 05 06 0f 7e 59 1a", "s c021 02 01 : 05 06 0f 7e 59 1a",
                    "s c021 01 01 :", "r c021 03 01 : 01 04 05 79", "s c021 01 02 : 01 04 05 79",
                    "r c021 03 02 : 01 04 05 7a", "s c021 01 03 : 01 04 05 7a",
                    "r c021 03 03 : 01 04 05 7b", "s c021 01 04 : 01 04 05 7b",
                    "r c021 03 04 : 01 04 05 7c", "s c021 01 05 : 01 04 05 7c",
                    "r c021 03 05 : 01 04 05 7d", "s c021 01 06 : 01 04 05 7d",
                    "r c021 03 06 : 01 04 05 7e", "s c021 05 07 : 'User request'" } },
                /* it acknowledges each, and wants nothing itself, in the end of a log */
                { "LCP-15",
                  "Its own request is not in these lines",
                  POLICY_128,
                  { "s c021 01 01 : 05 06 68 69 9b b0", "r c021 02 01 : 05 06 68 69 9b b0" },
                  .repeat = 3 },
                /* but not before either side has given up */
                { NULL,
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 : 02 06 00 00 00 00 0d 03 06", "r c021 04 01 : 0d 03 06",
                    "s c021 01 02 : 02 06 00 00 00 00", "r c021 04 02 : 02 06 00 00 00 00",
                    "s c021 01 03 :" } },
                /* the rest of a log of which the server heard nothing */
                { "GRE-12",
                  "asked 2 times",
                  POLICY_128,
                  { "r c021 01 08 : 05 06 0f 7e 59 1a", "s c021 02 08 : 05 06 0f 7e 59 1a",
                    "s c021 01 01 : 05 06 68 69 9b b0", "r c021 01 09 : 05 06 0f 7e 59 1a",
                    "s c021 02 09 : 05 06 0f 7e 59 1a", "s c021 01 01 : 05 06 68 69 9b b0" },
                  { { .type = DIAGNOSIS_TIMEOUT, .stage = DIAGNOSIS_STAGE_LINK } } },
                /* this side wants a proof of the server, which agreed and never gives it */
                { "LCP-06",
                  "never came",
                  POLICY_128,
                  { "s c021 01 01 : 03 05 c2 23 81", "r c021 01 01 : 03 05 c2 23 81",
                    "s c021 02 01 : 03 05 c2 23 81", "r c021 02 01 : 03 05 c2 23 81",
                    "s c223 01 09 : 01 55 'x'", CHAP_RESPONSE, CHAP_SUCCESS,
                    "s c223 01 09 : 01 55 'x'", "s c021 05 02 : 'Authentication failed'" } },
                { "LCP-06",
                  "not the expected one",
                  POLICY_128,
                  { "s c021 01 01 : 03 05 c2 23 81", "r c021 01 01 : 03 05 c2 23 81",
                    "s c021 02 01 : 03 05 c2 23 81", "r c021 02 01 : 03 05 c2 23 81",
                    "s c223 01 09 : 01 55 'x'", "r c223 02 09 : 01 55 'x'", CHAP_RESPONSE,
                    CHAP_SUCCESS, "s c021 05 02 : 'Authentication failed'" } },
                { "LCP-02",
                  "3 echo requests",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, "s c021 09 01 : 68 69 9b b0",
                    "s c021 09 02 : 68 69 9b b0", "s c021 09 03 : 68 69 9b b0" } },
                { "LCP-02", NULL, POLICY_128, .facts = { FACT(PPPD_EXITED, .number = 15) } },
                { "LCP-03",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN },
                  { FACT(PPPD_EXITED, .number = 16) } },
                { "LCP-04",
                  "User request",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, "r c021 05 02 : 'User request'" } },
                /* Windows, without a reason */
                { "LCP-04", NULL, POLICY_128, { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, RAS("00 00") } },
                /* the reasons of a pppd at the other end */
                { "LCP-12",
                  "Link inactive",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, "r c021 05 02 : 'Link inactive'" } },
                { "LCP-12",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, "r c021 05 02 : 'Connect time expired'" } },
                { "LCP-12", "932", POLICY_128, { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, RAS("03 a4") } },
                { "LCP-13",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, "r c021 05 02 : 'Peer not responding'" } },
                /* so a pppd takes its leave whoever ended it, once it has encrypted */
                { "LCP-04",
                  "MPPE disabled",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, "r c021 05 02 : 'MPPE disabled'" } },
                { "MPPE-16",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, "r c021 05 02 : 'Too many MPPE errors'" } },
                { "LCP-05",
                  "Windows error 721",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, RAS("02 d1") } },
                { "LCP-05",
                  "Windows error 65535",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, RAS("ff ff") } },
                { "LCP-06",
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 : 03 05 c2 23 81", "r c021 04 01 : 03 05 c2 23 81" } },
                { "LCP-06", NULL, POLICY_128, .facts = { FACT(PPPD_EXITED, .number = 11) } },
                { "LCP-07",
                  NULL,
                  POLICY_128,
                  { "r c021 01 01 : 0d 03 06", "s c021 04 01 : 0d 03 06" },
                  .repeat = 12 },
                /* each is agreed to, and repeated by a server that cannot hear it */
                { "GRE-12",
                  "answered none",
                  POLICY_128,
                  { "s c021 01 01 : 05 06 68 69 9b b0", "r c021 01 01 : 03 05 c2 23 81",
                    "s c021 02 01 : 03 05 c2 23 81" },
                  .repeat = 12 },
                /* the same, and an ICMP message said who does not take it */
                { "GRE-03",
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 : 05 06 68 69 9b b0", "r c021 01 01 : 03 05 c2 23 81",
                    "s c021 02 01 : 03 05 c2 23 81" },
                  .repeat = 12,
                  .facts = { FACT(ERRNO, .number = ENOPROTOOPT) } },
                /* the same if this side wants something else */
                { "GRE-12",
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 : 05 06 68 69 9b b0", "r c021 01 01 : 0d 03 06",
                    "s c021 04 01 : 0d 03 06" },
                  .repeat = 4 },
                /* packets came back until a peer of its own answered */
                { "LCP-13",
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 : 05 06 68 69 9b b0", "r c021 01 01 : 05 06 68 69 9b b0",
                    "s c021 01 02 : 05 06 68 69 9b b1", "r c021 01 02 : 05 06 68 69 9b b1",
                    "r c021 01 07 : 05 06 01 02 03 04", "s c021 02 07 : 05 06 01 02 03 04",
                    "s c021 01 03 : 05 06 68 69 9b b2", "r c021 02 03 : 05 06 68 69 9b b2",
                    "r c021 05 08 : 50 65 65 72 20 6e 6f 74 20 72 65 73 70 6f 6e 64 69 6e 67" } },
                { "LCP-08",
                  "0x4d21",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, "r c021 08 02 : 9f 33 90",
                    "s c021 08 03 : 4d 21 90" } },
                { "LCP-09",
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 : 05 06 68 69 9b b0", "r c021 04 01 : 07 02" } },
                /* an option of ours may well be rejected */
                { NULL,
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 : 05 06 68 69 9b b0 07 02", "r c021 04 01 : 07 02", UP_TO_CCP,
                    CCP_OPEN, "r c021 01 09 : 05 06 0f 7e 59 1a" } },
                { "LCP-10",
                  "1 packet received",
                  POLICY_128,
                  { "s c021 01 01 : 05 06 68 69 9b b0", "r c021 01 01 : 03 05 c2 23 81" },
                  { FACT(TIMEOUT) } },
        };

        check_cases(cases, ELEMENTSOF(cases));
}

static void test_gre(void **state) {
        static const PptpMessage connected = { .type = PPTP_OUTGOING_CALL_REPLY, .result_code = 1 };
        const Case cases[] = {
                { "GRE-01",
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 :" },
                  .repeat = 9,
                  .controls = { connected } },
                { "GRE-01",
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 :" },
                  { FACT(GRE_FRAMES, .number = 0), FACT(TIMEOUT) } },
                { "GRE-02",
                  "ip saddr 192.0.2.1",
                  POLICY_128,
                  { "s c021 01 01 :" },
                  { FACT(GRE_FRAMES, .number = 17, .text = "192.0.2.1"), FACT(TIMEOUT) } },
                { "GRE-02",
                  "nft insert rule ip filter INPUT ip saddr 192.0.2.1 ",
                  POLICY_128,
                  { "s c021 01 01 :" },
                  { FACT(GRE_FRAMES, .number = 17, .text = "192.0.2.1"), FACT(TIMEOUT),
                    FACT(FIREWALL_CHAIN, .text = "ip filter INPUT") } },
                { "GRE-03", NULL, POLICY_128, .facts = { FACT(ERRNO, .number = ENOPROTOOPT) } },
                { "GRE-04", NULL, POLICY_128, .facts = { FACT(ERRNO, .number = EPERM) } },
                { "GRE-05", NULL, POLICY_128, .facts = { FACT(ERRNO, .number = EMSGSIZE) } },
                /* the uplink went in the meantime */
                { "NET-04",
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 :" },
                  { FACT(ERRNO, .number = ENETUNREACH), FACT(TIMEOUT) } },
                { "GRE-08",
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 :" },
                  { FACT(RECENT_CALL, .number = 4), FACT(TIMEOUT) } },
                { "LCP-02",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN },
                  .facts = { FACT(PEER_IS_SERVER), FACT(PPPD_EXITED, .number = 15) } },
                { "GRE-09",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN },
                  { FACT(PEER_IS_SERVER) } },
                { "GRE-10",
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 :" },
                  { FACT(IN_CONTAINER), FACT(TIMEOUT) } },
                /* a server that hangs up at once is not a firewall */
                { "CTL-09",
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 :" },
                  .controls = { connected,
                                { .type = PPTP_CALL_DISCONNECT_NOTIFY, .result_code = 3 } } },
        };

        check_cases(cases, ELEMENTSOF(cases));
}

#define AT(s, t, ...) \
        { .type = DIAGNOSIS_##t, .stage = DIAGNOSIS_STAGE_##s, __VA_ARGS__ }

static void test_control(void **state) {
        static const PptpMessage started = { .type = PPTP_START_CONTROL_CONNECTION_REPLY,
                                             .result_code = 1 };
        const Case cases[] = {
                { "CTL-01", "error 4", POLICY_128,
                  .controls = { { .type = PPTP_START_CONTROL_CONNECTION_REPLY,
                                  .result_code = 2,
                                  .error_code = 4 } } },
                { "CTL-02", NULL, POLICY_128,
                  .controls = { { .type = PPTP_START_CONTROL_CONNECTION_REPLY,
                                  .result_code = 3 } } },
                { "CTL-03", NULL, POLICY_128,
                  .controls = { { .type = PPTP_START_CONTROL_CONNECTION_REPLY,
                                  .result_code = 4 } } },
                { "CTL-04", NULL, POLICY_128,
                  .controls = { { .type = PPTP_START_CONTROL_CONNECTION_REPLY,
                                  .result_code = 5 } } },
                { "CTL-05", NULL, POLICY_128, .facts = { AT(CONTROL, PEER_CLOSED) } },
                { "CTL-05", "reset", POLICY_128,
                  .facts = { AT(CONTROL, ERRNO, .number = ECONNRESET) } },
                { "CTL-06", "HTTP/1.1", POLICY_128,
                  .facts = { AT(CONTROL, NOT_PPTP, .text = "HTTP/1.1 400") } },
                { "CTL-07", "busy", POLICY_128,
                  .controls = { started, { .type = PPTP_OUTGOING_CALL_REPLY, .result_code = 4 } } },
                { "CTL-08", NULL, POLICY_128, .controls = { started },
                  .facts = { AT(CALL, TIMEOUT) } },
                { "CTL-09", "result 3", POLICY_128,
                  .controls = { started,
                                { .type = PPTP_CALL_DISCONNECT_NOTIFY, .result_code = 3 } } },
                { "CTL-09", "Windows", POLICY_128,
                  .controls = { { .type = PPTP_START_CONTROL_CONNECTION_REPLY,
                                  .result_code = 1,
                                  .start = { .vendor_name = "Microsoft" } },
                                { .type = PPTP_CALL_DISCONNECT_NOTIFY, .result_code = 0 } } },
                { "CTL-10", NULL, POLICY_128, .controls = { started },
                  .facts = { AT(UP, ECHO_LOST) } },
                { "CTL-08", NULL, POLICY_128, .controls = { started },
                  .facts = { AT(CALL, UNACKNOWLEDGED), AT(CALL, TIMEOUT) } },
                { "CTL-13", "never arrived", POLICY_128, .controls = { started },
                  .facts = { AT(CALL, UNACKNOWLEDGED, .number = 168), AT(CALL, TIMEOUT) } },
                { "CTL-13", NULL, POLICY_128, .facts = { AT(CONTROL, TIMEOUT) } },
                /* without a call there is no data, whatever LCP waits for */
                { "CTL-13",
                  NULL,
                  POLICY_128,
                  { "s c021 01 01 :" },
                  { AT(CONTROL, TIMEOUT), FACT(TIMEOUT) },
                  .repeat = 9 },
                { "CTL-14", NULL, POLICY_128,
                  .controls = { started,
                                { .type = PPTP_STOP_CONTROL_CONNECTION_REQUEST,
                                  .result_code = 3 } } },
                { "CTL-15", NULL, POLICY_128,
                  .controls = { started, { .type = PPTP_OUTGOING_CALL_REPLY, .result_code = 7 } } },
                { "CTL-16", NULL, POLICY_128, .controls = { started },
                  .facts = { AT(UP, PEER_CLOSED) } },
        };

        check_cases(cases, ELEMENTSOF(cases));
}

static void test_reach(void **state) {
        static const Case cases[] = {
                { "NET-01", "vpn.example", POLICY_128,
                  .facts = { AT(RESOLVE, RESOLVE_ERROR, .number = EAI_AGAIN,
                                .text = "vpn.example") } },
                { "NET-01", NULL, POLICY_128, .facts = { AT(RESOLVE, TIMEOUT) } },
                { "NET-02", NULL, POLICY_128,
                  .facts = { AT(RESOLVE, RESOLVE_ERROR, .number = EAI_ADDRFAMILY) } },
                /*
                 * neither address nor anything else: a name whose zone is being changed is like no
                 * name
                 */
                { "NET-01", NULL, POLICY_128,
                  .facts = { AT(RESOLVE, RESOLVE_ERROR, .number = EAI_NODATA) } },
                { "NET-03", "refused", POLICY_128,
                  .facts = { AT(CONNECT, ERRNO, .number = ECONNREFUSED) } },
                { "NET-04", NULL, POLICY_128,
                  .facts = { AT(CONNECT, ERRNO, .number = ENETUNREACH) } },
                /* routes that say no, when the uplink's own is gone; BindToDevice= is unplugged */
                { "NET-04", "Permission denied", POLICY_128,
                  .facts = { AT(CONNECT, ERRNO, .number = EACCES) } },
                { "NET-04", NULL, POLICY_128, .facts = { AT(CONNECT, ERRNO, .number = EINVAL) } },
                { "NET-04", NULL, POLICY_128, .facts = { AT(CONNECT, ERRNO, .number = ENODEV) } },
                { "NET-05", NULL, POLICY_128,
                  .facts = { AT(CONNECT, ERRNO, .number = EHOSTUNREACH) } },
                { "NET-06", NULL, POLICY_128,
                  .facts = { AT(CONNECT, ERRNO, .number = ETIMEDOUT) } },
                { "NET-06", NULL, POLICY_128, .facts = { AT(CONNECT, TIMEOUT) } },
                /* the first address refused, the second talked and then hung up */
                { "CTL-09", NULL, POLICY_128,
                  .facts = { AT(CONNECT, ERRNO, .number = ECONNREFUSED) },
                  .controls = { { .type = PPTP_CALL_DISCONNECT_NOTIFY, .result_code = 1 } } },
        };

        check_cases(cases, ELEMENTSOF(cases));
}

static void test_host(void **state) {
        static const Case cases[] = {
                { "SYS-01", NULL, POLICY_128, .facts = { AT(PPPD, ERRNO, .number = ENOENT) } },
                { "SYS-02", NULL, POLICY_128,
                  .facts = { FACT(MISSING_MODULE, .text = "ppp_generic") } },
                { "SYS-02", NULL, POLICY_128, .facts = { FACT(PPPD_EXITED, .number = 4) } },
                { "SYS-02", NULL, POLICY_128,
                  .facts = { AT(PPPD, ERRNO, .number = ENXIO, .text = "/dev/ppp") } },
                { "SYS-02", NULL, POLICY_128,
                  .facts = { AT(PPPD, ERRNO, .number = ENOENT, .text = "/dev/ppp") } },
                { "SYS-03", NULL, POLICY_128,
                  .facts = { FACT(MISSING_MODULE, .text = "ppp_async") } },
                { "SYS-04",
                  "ppp_mppe",
                  POLICY_128,
                  { UP_TO_CCP, "s c021 05 02 : 'MPPE required but not available'" },
                  { FACT(MISSING_MODULE, .text = "ppp_mppe") } },
                { "AUTH-01",
                  NULL,
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE, "r c223 04 02 : 'E=691 R=0 V=3'" },
                  { FACT(MISSING_MODULE, .text = "ppp_mppe") } },
                { "SYS-05", NULL, POLICY_128,
                  .facts = { AT(SOCKET, ERRNO, .number = EAFNOSUPPORT) } },
                { "SYS-05", NULL, POLICY_128,
                  .facts = { AT(SOCKET, ERRNO, .number = EPROTONOSUPPORT) } },
                { "SYS-06", NULL, POLICY_128, .facts = { AT(SOCKET, ERRNO, .number = EPERM) } },
                { "SYS-06", NULL, POLICY_128, .facts = { FACT(PPPD_EXITED, .number = 3) } },
                { "SYS-07", NULL, POLICY_128, .facts = { AT(PPPD, ERRNO, .number = EACCES) } },
                { "SYS-08", "onenet", POLICY_128,
                  .facts = { FACT(INTERFACE_TAKEN, .text = "onenet") } },
                { "SYS-09", NULL, POLICY_128,
                  .facts = { AT(PPPD, ERRNO, .number = ENAMETOOLONG) } },
                { "SYS-10", "2.4.9", POLICY_128,
                  .facts = { FACT(PLUGIN_MISMATCH, .text = "2.4.9 and 2.5.2") } },
                { "CFG-01", NULL, POLICY_128, .facts = { FACT(PPPD_EXITED, .number = 2) } },
                { "CFG-01", "'mppe'", POLICY_128,
                  .facts = { FACT(PPPD_EXITED, .number = 2,
                                  .text = "unrecognized option 'mppe'") } },
                { "PPPD-01", NULL, POLICY_128, .facts = { FACT(PPPD_EXITED, .number = 1) } },
                { "PPPD-01", "out of pseudo", POLICY_128,
                  .facts = { FACT(PPPD_EXITED, .number = 1, .text = "out of pseudo terminals") } },
                { "PPPD-05", "shared library", POLICY_128,
                  .facts = { FACT(
                          PPPD_EXITED, .number = 1,
                          .text = "Could not load legacy provider, could not load the shared library") } },
                { "PPPD-02", "signal 9", POLICY_128, .facts = { FACT(PPPD_EXITED, .number = -9) } },
                /* Whatever was still missing then. */
                { "PPPD-02",
                  "signal 9",
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE },
                  { FACT(PPPD_EXITED, .number = -9) } },
                { "PPPD-02",
                  "signal 9",
                  POLICY_128,
                  { LCP_MSCHAPV2 },
                  { FACT(PPPD_EXITED, .number = -9) } },
                { "PPPD-03", NULL, POLICY_128, .facts = { FACT(PPPD_EXITED, .number = 21) } },
                { "PPPD-04", NULL, POLICY_128, .facts = { AT(PPPD, TIMEOUT) } },
                { "NETC-13", "60 s", POLICY_128, .facts = { AT(UP, NO_TRAFFIC, .number = 60) } },
                { "NETC-14", NULL, POLICY_128, .facts = { FACT(PPPD_EXITED, .number = 12) } },
                { "NETC-22", "10.0.0.0/8", POLICY_128,
                  .facts = { AT(NETWORK, ROUTE_REFUSED, .number = EEXIST, .text = "10.0.0.0/8") } },
                { "NETC-23", "192.0.2.254", POLICY_128,
                  .facts = { AT(NETWORK, ROUTE_REFUSED, .number = EADDRINUSE,
                                .text = "192.0.2.254") } },
                { "NET-04", "192.0.2.2/32", POLICY_128,
                  .facts = { AT(NETWORK, ROUTE_REFUSED, .number = ENETUNREACH,
                                .text = "192.0.2.2/32") } },
                { "NETC-16", "10.0.0.0/8", POLICY_128,
                  .facts = { AT(NETWORK, ROUTE_REFUSED, .number = EINVAL, .text = "10.0.0.0/8") } },
                { "NETC-28", "a.conf:7", POLICY_128,
                  .facts = { AT(NETWORK, ROUTE_REFUSED, .number = EADDRNOTAVAIL,
                                .text = "this host does not have the address 192.0.2.7; add it, or "
                                        "change PreferredSource= in a.conf:7") } },
                { "NETC-28", "a.conf:9", POLICY_128,
                  .facts = { AT(NETWORK, ROUTE_REFUSED, .number = EADDRNOTAVAIL,
                                .text = "PreferredSource=192.0.2.9, a.conf:9") } },
                { "NETC-17", NULL, POLICY_128, .facts = { AT(UP, INTERFACE_GONE) } },
                { "NETC-30", "blue", POLICY_128,
                  .facts = { AT(NETWORK, VRF, .number = ENETDOWN, .text = "blue") } },
                { "NETC-26", "of another kind", POLICY_128,
                  .facts = { AT(NETWORK, VRF, .number = EOPNOTSUPP,
                                .text = "VRF eth0 is an interface of another kind") } },
                { "SYS-11", "no blue", POLICY_128,
                  .facts = { AT(PPPD, NAMESPACE, .number = ENOENT, .text = "there is no blue") } },
                { "SYS-12", "blue", POLICY_128,
                  .facts = { AT(PPPD, NAMESPACE, .number = EPERM, .text = "blue") } },
                /* pppd ends because it is taken down, and that is no reason */
                { "SYS-11", "taken", POLICY_128,
                  .facts = { AT(UP, NAMESPACE, .number = ENOENT, .text = "blue was taken away"),
                             FACT(PPPD_EXITED, .number = 5) } },
                /*
                 * the interface went while its routes were on their way: nobody's configuration is
                 * wrong
                 */
                { "NETC-17", NULL, POLICY_128,
                  .facts = { AT(NETWORK, ROUTE_REFUSED, .number = ENODEV, .text = "10.0.0.0/8") } },
                { "NETC-18", NULL, POLICY_128,
                  .facts = { AT(NETWORK, ROUTE_REFUSED, .number = ENOBUFS) } },
                { "NETC-18", NULL, POLICY_128, .facts = { AT(NETWORK, TIMEOUT) } },
                { "NETC-19", "4 s after", POLICY_128,
                  .facts = { AT(UP, LINK_SILENT, .number = 4,
                                .text = "after the uplink came back") } },
                { "NETC-20", "192.0.2.1", POLICY_128,
                  .facts = { AT(UP, SOURCE_GONE, .text = "192.0.2.1") } },
                { "NETC-21", NULL, POLICY_128,
                  .facts = { AT(UP, UPLINK_GONE), FACT(PPPD_EXITED, .number = 15) } },
                /* pppd ended because somebody told it to: we, once time is up */
                { "PPPD-02", "by a signal", POLICY_128,
                  .facts = { FACT(PPPD_EXITED, .number = 5) } },
                { NULL, NULL, POLICY_128,
                  .facts = { AT(PPPD, TIMEOUT), FACT(PPPD_EXITED, .number = 5) } },
        };

        check_cases(cases, ELEMENTSOF(cases));
}

static void test_ipcp(void **state) {
        static const Case cases[] = {
                /* another address for each question, and never an agreement */
                { "IPCP-07",
                  "refused 6 requests in a row (ConfNak), each with another suggestion, the last of "
                  "the address 10.9.0.12",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, "s 8021 01 01 : 03 06 0a 09 00 06",
                    "r 8021 03 01 : 03 06 0a 09 00 07", "s 8021 01 02 : 03 06 0a 09 00 07",
                    "r 8021 03 02 : 03 06 0a 09 00 08", "s 8021 01 03 : 03 06 0a 09 00 08",
                    "r 8021 03 03 : 03 06 0a 09 00 09", "s 8021 01 04 : 03 06 0a 09 00 09",
                    "r 8021 03 04 : 03 06 0a 09 00 0a", "s 8021 01 05 : 03 06 0a 09 00 0a",
                    "r 8021 03 05 : 03 06 0a 09 00 0b", "r 8021 03 06 : 03 06 0a 09 00 0c" } },
                /* this side wants another address of the server */
                { "IPCP-01",
                  "refused the server's own address 7 times",
                  POLICY_128,
                  { "r 8021 01 01 : 03 06 0a 09 00 01", "s 8021 03 01 : 03 06 0a 01 00 01" },
                  .repeat = 6 },
                /* it rejects the question for an address, and agrees to one without it */
                { "IPCP-01",
                  "rejected the question",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, "s 8021 01 01 : 03 06 00 00 00 00",
                    "r 8021 04 01 : 03 06 00 00 00 00",
                    "r 8021 01 07 :", "s 8021 02 07 :", "s 8021 01 02 :", "r 8021 02 02 :",
                    "s 8021 05 03 : 'Could not determine local IP address'" } },
                { "IPCP-01",
                  "no address",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, "s 8021 01 01 : 03 06 00 00 00 00",
                    "r 8021 04 01 : 03 06 00 00 00 00" } },
                { "IPCP-01",
                  "does not speak",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, "s 8021 01 01 : 03 06 00 00 00 00",
                    "r c021 08 02 : 80 21 01 01 00 0a 03 06 00 00 00 00" } },
                { "IPCP-06",
                  "0.0.0.0",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, "s 8021 01 01 : 03 06 00 00 00 00",
                    "r 8021 02 01 : 03 06 00 00 00 00", "r 8021 01 07 : 03 06 0a 00 00 01",
                    "s 8021 02 07 : 03 06 0a 00 00 01",
                    "s 8021 05 02 : 'Could not determine local IP address'" } },
                { "IPCP-08",
                  "it gave 127.0.0.1",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, "s 8021 01 01 : 03 06 00 00 00 00",
                    "r 8021 03 01 : 03 06 7f 00 00 01", "s 8021 01 02 : 03 06 7f 00 00 01",
                    "r 8021 02 02 : 03 06 7f 00 00 01",
                    "s 8021 05 03 : '" IP_REQUEST_NO_HOST_TEXT "'" } },
                { "IPCP-01",
                  "No network",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, "r 8021 01 01 : 01 0a 00 00 00 00 00 00 00 00",
                    "s 8021 04 01 : 01 0a 00 00 00 00 00 00 00 00",
                    "r c021 05 03 : 'No network protocols running'" } },
                { "IPCP-01", "720", POLICY_128, { UP_TO_CCP, CCP_OPEN, RAS("02 d0") } },
                { "IPCP-03",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, "s 8021 05 02 : 'Unauthorized remote IP address'" } },
                /* pppd looks at the address once both sides have agreed on it */
                { "IPCP-03",
                  "127.0.0.1, which no host may have",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, "s 8021 01 01 : 03 06 0a 00 00 02",
                    "r 8021 02 01 : 03 06 0a 00 00 02", "r 8021 01 07 : 03 06 7f 00 00 01",
                    "s 8021 02 07 : 03 06 7f 00 00 01",
                    "s 8021 05 02 : 'Unauthorized remote IP address'" },
                  { FACT(PPPD_EXITED, .number = 1) } },
                { "IPCP-03",
                  "its address is 10.0.0.1",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN,
                    "s 8021 05 02 : 'Unauthorized remote IP address'" },
                  { FACT(PPPD_EXITED, .number = 1) } },
                { "IPCP-01",
                  "224.0.0.1 with the server's 10.0.0.1",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, "s 8021 01 01 : 03 06 e0 00 00 01",
                    "r 8021 02 01 : 03 06 e0 00 00 01", "r 8021 01 07 : 03 06 0a 00 00 01",
                    "s 8021 02 07 : 03 06 0a 00 00 01",
                    "s 8021 05 02 : 'Interface configuration failed'" },
                  { FACT(PPPD_EXITED, .number = 1) } },
                { "IPCP-06",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, "s 8021 01 01 : 03 06 00 00 00 00",
                    "r 8021 03 01 : 03 06 00 00 00 00" } },
                { "IPCP-01", "735", POLICY_128, { UP_TO_CCP, CCP_OPEN, RAS("02 df") } },
                { "IPCP-06", "738", POLICY_128, { UP_TO_CCP, CCP_OPEN, RAS("02 e2") } },
                { "IPCP-07",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, "s 8021 01 01 : 03 06 00 00 00 00",
                    "s 8021 01 01 : 03 06 00 00 00 00", "s 8021 01 01 : 03 06 00 00 00 00" } },
                /* each request gets the same answer */
                { "IPCP-07",
                  "3 requests in a row",
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, "s 8021 01 01 : 03 06 00 00 00 00",
                    "r 8021 03 01 : 81 06 0a 00 00 35", "r 8021 03 01 : 81 06 0a 00 00 35",
                    "r 8021 03 02 : 81 06 0a 00 00 35", "r 8021 03 03 : 81 06 0a 00 00 35" } },
                /* another answer in between, or the same packet again, is progress or an echo */
                { NULL,
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, "s 8021 01 01 : 03 06 00 00 00 00",
                    "r 8021 03 01 : 81 06 0a 00 00 35", "r 8021 03 02 : 81 06 0a 00 00 35",
                    "r 8021 03 02 : 81 06 0a 00 00 35", "r 8021 03 02 : 81 06 0a 00 00 35",
                    "r 8021 03 03 : 81 06 0a 00 00 36" } },
        };

        check_cases(cases, ELEMENTSOF(cases));
}

static void check_note(const Case *c, DiagnosisContext context) {
        Diagnosis *d = diagnosis_new();
        Verdict notes[DIAGNOSIS_NOTES_MAX];
        size_t n;

        assert_non_null(d);
        context.mppe = c->mppe;
        diagnosis_reset(d, &context);
        feed(d, c);
        n = diagnosis_get_notes(d, notes, ELEMENTSOF(notes));
        diagnosis_free(d);

        for (size_t i = 0; i < n; i++)
                if (strcmp(notes[i].row->id, c->id) == 0)
                        return;
        fail_msg("%s is not among %zu notes", c->id, n);
}

static void test_notes(void **state) {
        static const Case cases[] = {
                { "CTL-11", NULL, POLICY_128, .controls = { { .type = PPTP_SET_LINK_INFO } } },
                { "IPCP-02",
                  NULL,
                  POLICY_128,
                  { "s 8021 01 01 :", "r 8021 02 01 :", "r 8021 01 07 :", "s 8021 02 07 :" } },
                { "IPCP-04",
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, "r 8021 01 2e : 03 06 ac 1f 01 fc", "s 8021 06 2e :" } },
                { "IPCP-05", NULL, POLICY_128, { "s 8021 04 2e : 02 06 00 2d 0f 01" } },
                { "MPPE-14",
                  NULL,
                  { 0 },
                  { "r 80fd 01 07 : 12 06 00 00 00 00", "s 80fd 04 07 : 12 06 00 00 00 00" },
                  .repeat = 3 },
                { "MPPE-17", NULL, POLICY_128, { "s 80fd 0e 01 :" }, .repeat = 20 },
                { "MPPE-18", NULL, POLICY_128, { UP_TO_CCP, CCP_OPEN } },
                { "NETC-02", NULL, POLICY_128, .facts = { AT(UP, NO_ROUTES) } },
                { "NETC-07", NULL, POLICY_128,
                  .facts = { AT(UP, ROUTE_REMOVED, .text = "10.0.0.0/8") } },
                { "NETC-27", NULL, POLICY_128,
                  .facts = { AT(NETWORK, CLAMP_REFUSED, .number = EOPNOTSUPP, .text = "why") } },
                { "NET-08", NULL, POLICY_128,
                  .facts = { AT(UP, ADDRESS_CHANGED, .text = "192.0.2.1 to 192.0.2.2") } },
                { "AUTH-15",
                  NULL,
                  POLICY_128,
                  { LCP_MSCHAPV2, CHAP_RESPONSE, "r c223 04 02 : 'E=691 R=0'" } },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                check_note(&cases[i], (DiagnosisContext){ .password_not_ascii = true });
}

/*
 * Silence alone is a dead link; for the second time in a row, and without one answer, it is the
 * server.
 */
static void test_deaf_server(void **state) {
        static const struct {
                Case evidence;
                bool was_deaf;
        } cases[] = {
                { { "LCP-11",
                    NULL,
                    POLICY_128,
                    { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, "s c021 09 00 :" } },
                  true },
                { { "LCP-02",
                    NULL,
                    POLICY_128,
                    { UP_TO_CCP, CCP_OPEN, IPCP_OPEN, "s c021 09 00 :" } },
                  false },
                { { "LCP-02",
                    NULL,
                    POLICY_128,
                    { UP_TO_CCP, CCP_OPEN, IPCP_OPEN,
                      "s c021 09 00 :", "r c021 0a 00 :", "s c021 09 01 :" } },
                  true },
                { { "LCP-02", NULL, POLICY_128, { UP_TO_CCP, CCP_OPEN, "s c021 09 00 :" } }, true },
        };
        const DiagnosisFact exited = { .type = DIAGNOSIS_PPPD_EXITED, .number = 15 };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Diagnosis *d = diagnosis_new();
                Verdict verdict;

                assert_non_null(d);
                diagnosis_reset(
                        d,
                        &(DiagnosisContext){ .mppe = POLICY_128, .was_deaf = cases[i].was_deaf });
                feed(d, &cases[i].evidence);
                diagnosis_add_fact(d, &exited);
                diagnosis_get_verdict(d, &verdict);
                assert_non_null(verdict.row);
                assert_string_equal(verdict.row->id, cases[i].evidence.id);
                diagnosis_free(d);
        }
        (void) state;
}

/*
 * What worked before is not wrong in itself: neither what is asked of the server, nor of the
 * kernel.
 */
static void test_what_worked_before(void **state) {
        static const struct {
                Case evidence;
                const char *id_if_worked;
        } cases[] = {
                { { "CTL-08", .facts = { AT(CALL, UNACKNOWLEDGED), AT(CALL, TIMEOUT) } },
                  "CTL-13" },
                { { "NETC-22", .facts = { AT(NETWORK, ROUTE_REFUSED, .number = EEXIST) } },
                  "NETC-22" },
                { { "NETC-16", .facts = { AT(NETWORK, ROUTE_REFUSED, .number = EINVAL) } },
                  "NETC-16" },
        };

        for (size_t i = 0; i < 2 * ELEMENTSOF(cases); i++) {
                const Case *c = &cases[i / 2].evidence;
                Diagnosis *d = diagnosis_new();
                Verdict verdict;

                assert_non_null(d);
                diagnosis_reset(d, &(DiagnosisContext){ .mppe = POLICY_128, .has_worked = i % 2 });
                feed(d, c);
                diagnosis_get_verdict(d, &verdict);
                assert_non_null(verdict.row);
                assert_string_equal(verdict.row->id, i % 2 ? cases[i / 2].id_if_worked : c->id);
                diagnosis_free(d);
        }
        (void) state;
}

/* Of a password that is refused it is said where it is from. Nobody may look in the wrong place. */
static void test_password_source(void **state) {
        static const char *const sources[] = {
                [DIAGNOSIS_PASSWORD_CREDENTIAL] = "; the password is from the systemd credential",
                [DIAGNOSIS_PASSWORD_FILE] = "; the password is from PasswordFile=",
                [DIAGNOSIS_PASSWORD_SECRETS] = "; the password is from /etc/ppp/chap-secrets",
        };
        static const Case c = { .frames = { LCP_MSCHAPV2, CHAP_RESPONSE,
                                            "r c223 04 02 : 'E=691 R=0 V=3'" } };

        for (size_t i = 0; i < 2 * ELEMENTSOF(sources); i++) {
                Diagnosis *d = diagnosis_new();
                Verdict verdict;

                assert_non_null(d);
                diagnosis_reset(d,
                                &(DiagnosisContext){
                                        .password_source = (DiagnosisPasswordSource) (i / 2),
                                        .has_worked = i % 2,
                                        .has_domain = true,
                                });
                feed(d, &c);
                diagnosis_get_verdict(d, &verdict);
                assert_string_equal(verdict.row->id, i % 2 ? "AUTH-18" : "AUTH-01");
                assert_null(strstr(verdict.row->remedy, "PasswordFile="));
                if (sources[i / 2])
                        assert_non_null(strstr(verdict.detail, sources[i / 2]));
                else
                        assert_null(strstr(verdict.detail, "the password"));
                diagnosis_free(d);
        }
        (void) state;
}

/* A link that is up, or that we took down ourselves, has no verdict; nor has an empty attempt. */
static void test_no_verdict(void **state) {
        static const Case cases[] = {
                { NULL, NULL, POLICY_128 },
                { NULL,
                  NULL,
                  POLICY_128,
                  { UP_TO_CCP, CCP_OPEN, IPCP_OPEN },
                  .phase = PLUGIN_PHASE_RUNNING },
                { NULL, NULL, { 0 }, { UP_TO_CCP, IPCP_OPEN } },
        };

        check_cases(cases, ELEMENTSOF(cases));
}

/* Every cut of a whole exchange, and every frame with each byte inverted: no crash, no overrun. */
static void test_damaged_frames(void **state) {
        static const char *const frames[] = {
                UP_TO_CCP,
                CCP_OPEN,
                IPCP_OPEN,
                RAS("02 b3"),
                "r c223 04 02 : 'E=691 R=1 C=00 V=3 M=no'",
                "r c021 08 02 : 80 fd 01 01 00 0a 12 06 01 00 00 40",
        };
        Diagnosis *d = diagnosis_new();
        Verdict verdict, notes[DIAGNOSIS_NOTES_MAX];
        uint8_t frame[256];
        bool sent;

        assert_non_null(d);
        diagnosis_reset(d, &(DiagnosisContext){ .mppe = POLICY_128 });
        for (size_t i = 0; i < ELEMENTSOF(frames); i++) {
                size_t n = write_frame(frames[i], &sent, frame);

                for (size_t at = 0; at < n; at++) {
                        frame[at] ^= 0xff;
                        diagnosis_add_frame(d, sent, frame, n);
                        diagnosis_add_frame(d, !sent, frame, at);
                        frame[at] ^= 0xff;
                        diagnosis_get_verdict(d, &verdict);
                        diagnosis_get_notes(d, notes, ELEMENTSOF(notes));
                }
        }
        diagnosis_free(d);
}

static void expect_remedy(const char *remedy, const DiagnosisNames *names, const char *wanted) {
        const DiagnosisRow row = { .remedy = remedy };
        char text[DIAGNOSIS_REMEDY_MAX_BYTES];

        assert_string_equal(diagnosis_describe_remedy(&row, names, text, sizeof(text)), wanted);
}

/* What is known takes the place of its placeholder; longer words stay. */
static void test_remedy(void **state) {
        const DiagnosisNames nothing = { 0 };
        const DiagnosisNames all = { "onenet", "vpn.example", { 0x020200c0 } };
        char text[64] = "x";

        expect_remedy("pptp@NAME, /etc/pptp/NAME.password", &nothing,
                      "pptp@NAME, /etc/pptp/NAME.password");
        expect_remedy("pptp@NAME, /etc/pptp/NAME.password", &all,
                      "pptp@onenet, /etc/pptp/onenet.password");
        expect_remedy("\"query SERVER\" RENAME NAMES ADDRESS", &all,
                      "\"query vpn.example\" RENAME NAMES 192.0.2.2");
        assert_string_equal(diagnosis_describe_remedy(NULL, &all, text, sizeof(text)), "");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_mppe),
                cmocka_unit_test(test_auth),
                cmocka_unit_test(test_link),
                cmocka_unit_test(test_gre),
                cmocka_unit_test(test_control),
                cmocka_unit_test(test_reach),
                cmocka_unit_test(test_host),
                cmocka_unit_test(test_ipcp),
                cmocka_unit_test(test_notes),
                cmocka_unit_test(test_deaf_server),
                cmocka_unit_test(test_what_worked_before),
                cmocka_unit_test(test_password_source),
                cmocka_unit_test(test_no_verdict),
                cmocka_unit_test(test_damaged_frames),
                cmocka_unit_test(test_remedy),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
